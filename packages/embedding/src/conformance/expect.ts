import { isDqrmError, type ErrorCode } from "@dqrm/core";

/** Throws unless two lists hold the same numbers; zeros of either sign are the same. */
export function expectNumbers(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: has ${actual.length} elements, expected ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i])
      throw new Error(`${what}: [${i}] is ${actual[i]}, expected ${expected[i]}`);
  }
}

/** Throws unless a call fails with a DqrmError of the given code. */
export function expectCode(code: ErrorCode, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (isDqrmError(error, code)) return;
    throw new Error(`threw ${String(error)}, expected a DqrmError ${code}`, { cause: error });
  }
  throw new Error(`returned, expected a DqrmError ${code}`);
}
