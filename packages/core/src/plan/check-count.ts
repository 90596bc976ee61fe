import { DqrmError } from "../errors.ts";

/**
 * Checks a count or an index of a model's description.
 *
 * @throws VALUE when it is no whole number in [minimum, maximum]
 */
export function checkCount(what: string, actual: number, minimum: number, maximum: number): void {
  if (!Number.isInteger(actual) || actual < minimum || actual > maximum) {
    const expected = `an integer in [${minimum}, ${maximum}]`;
    throw new DqrmError("VALUE", { op: "model spec", what, expected, actual: String(actual) });
  }
}

/**
 * Checks that a number of a model's description is the one that its other parts need.
 *
 * @throws VALUE when it is another
 */
export function checkEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) {
    throw new DqrmError("VALUE", {
      op: "model spec",
      what,
      expected: String(expected),
      actual: String(actual),
    });
  }
}
