import { InvalidArgumentError } from "commander";

/** Largest seed: the random generator's keys are 32-bit words. */
const MAX_SEED = 2 ** 32 - 1;

/** Reads a whole number of at least `minimum` from a flag. */
export function wholeNumber(
  minimum: number,
  maximum: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = /^\d+(e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `in [${minimum}, ${maximum}]`;
    throw new InvalidArgumentError(`expected a whole number ${range}`);
  };
}

/** Reads a seed. */
export const seedNumber: (text: string) => number = wholeNumber(0, MAX_SEED);

/** Gathers the values of a flag that may be repeated; without any the flag is undefined. */
export function gather(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
