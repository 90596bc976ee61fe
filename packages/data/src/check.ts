import { DqrmError } from "@dqrm/core";

/**
 * Checks that an argument is an integer in [minimum, maximum] and gives it back.
 *
 * @throws VALUE when it is not
 */
export function checkInteger(
  op: string,
  what: string,
  value: number,
  range: readonly [minimum: number, maximum: number],
): number {
  const [minimum, maximum] = range;
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new DqrmError("VALUE", {
    op,
    what,
    expected: `an integer from ${minimum} to ${maximum}`,
    actual: String(value),
  });
}

/**
 * Checks that an argument is a finite number in [minimum, maximum] and gives it back.
 *
 * @throws VALUE when it is not
 */
export function checkNumber(
  op: string,
  what: string,
  value: number,
  range: readonly [minimum: number, maximum: number],
): number {
  const [minimum, maximum] = range;
  if (Number.isFinite(value) && value >= minimum && value <= maximum) return value;
  throw new DqrmError("VALUE", {
    op,
    what,
    expected: `a number from ${minimum} to ${maximum}`,
    actual: String(value),
  });
}

/**
 * Checks the number of elements of an array.
 *
 * @throws SHAPE when it differs
 */
export function checkLength(op: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
}
