import { isDqrmError, type ErrorCode } from "@dqrm/core";

/** Checks one promise of a contract; a kit yields cases and leaves running them to any test runner. */
export interface ConformanceCase {
  readonly name: string;
  /** Says why the subject is excused; runners show the case as skipped, with this reason. */
  readonly skip?: string;
  /** Throws when the promise is broken. */
  run(): void | Promise<void>;
}

/** Throws unless a fact holds. */
export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Throws unless two sequences of numbers are the same, element by element. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expectThat(actual.length === expected.length, `${what}: ${actual.length} elements of ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    throw new Error(`${what}[${i}] = ${actual[i]}, expected ${expected[i]}`);
  }
}

/** Throws unless the call fails with one of the codes. */
export async function expectRefusal(
  call: () => unknown,
  codes: readonly ErrorCode[],
  what: string,
): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (codes.some((code) => isDqrmError(error, code))) return;
    throw new Error(`${what}: expected ${codes.join(" or ")}, got ${String(error)}`, { cause: error });
  }
  throw new Error(`${what}: accepted, expected ${codes.join(" or ")}`);
}
