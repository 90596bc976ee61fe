import { isDqrmError, type ErrorCode, type ErrorDetails } from "../errors.ts";

/** Spacing of f32 numbers at 1: one operation rounded to nearest errs by at most half of it, relatively. */
export const EPSILON: number = 2 ** -23;

/** Names the arrays that kernels read and write. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** Expects the same numbers bit for bit, zeros of the same sign included; every NaN is the same. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (actual.length !== expected.length) fail(`${what} has ${actual.length} elements`, expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) fail(`${what}[${i}] is ${actual[i]}`, expected[i]);
  }
}

/** Expects every number to lie within its own bound of the expected one; only NaN is close to NaN. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: ArrayLike<number>,
  what: string,
): void {
  if (actual.length !== expected.length) fail(`${what} has ${actual.length} elements`, expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i]) && Number.isNaN(actual[i])) continue;
    if (!(Math.abs(actual[i] - expected[i]) <= bound[i])) {
      fail(`${what}[${i}] is ${actual[i]}`, `${expected[i]} ± ${bound[i]}`);
    }
  }
}

/** Expects one number. */
export function expectNumber(actual: number, expected: number, what: string): void {
  expectSame([actual], [expected], what);
}

/** Expects a call to throw a DqrmError of the given code, and the given details among its details. */
export function expectRefusal<C extends ErrorCode>(
  code: C,
  call: () => void,
  details?: Partial<ErrorDetails[C]>,
): void {
  try {
    call();
  } catch (error) {
    if (!isDqrmError(error, code)) throw error;
    const facts: object = error.details;
    const actual = new Map<string, unknown>(Object.entries(facts));
    for (const [key, value] of Object.entries(details ?? {})) {
      if (actual.get(key) !== value) fail(`${code} says ${key} = ${String(actual.get(key))}`, String(value));
    }
    return;
  }
  fail("the call returned", code);
}

/** Remembers arrays, and returns a check that none of them changed. */
export function watch(inputs: Readonly<Record<string, Numbers>>): () => void {
  const before = Object.entries(inputs).map(([name, array]) => [name, array, array.slice()] as const);
  return () => {
    for (const [name, array, copy] of before) expectSame(array, copy, `${name} after the call`);
  };
}

function fail(actual: string, expected: number | string): never {
  throw new Error(`${actual}, expected ${expected}`);
}
