import { BIT_WIDTHS, type BitWidth, type ProductPrecision } from "@dqrm/core";
import type { LayerSum, TrainingBits } from "@dqrm/dlrm";
import { InvalidArgumentError, Option } from "commander";

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

/** Reads the bits of weights in training: those of codes, or 32 for floats. */
export function trainingBits(text: string): TrainingBits {
  const found = [...BIT_WIDTHS, 32 as const].find((bits) => String(bits) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected ${BIT_WIDTHS.join(", ")} or 32`);
}

/** Reads the bits of a code. */
export function codeBits(text: string): BitWidth {
  const found = BIT_WIDTHS.find((bits) => String(bits) === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`expected ${BIT_WIDTHS.join(", ")}`);
}

const LAYER_SUMS = ["auto", "gather", "owner"] as const satisfies readonly (LayerSum | "auto")[];

/** Gives the flag that says who sums the gradients of layers. */
export function layerSumOption(): Option {
  const meaning = "who sums the gradients of layers: all workers, or each a part; auto: what sends less";
  return new Option("--layer-sum <how>", meaning).choices(LAYER_SUMS).default("auto");
}

const PRODUCTS = [
  "float32",
  "bfloat16",
  "float16",
  "int8",
  "codes",
] as const satisfies readonly ProductPrecision[];

/** Gives the flag that says in which numbers a model's layers are served. */
export function productsOption(): Option {
  const meaning = "what the layers multiply; codes: those of training, in whole numbers (slow)";
  return new Option("--products <numbers>", meaning).choices(PRODUCTS).default("float32");
}
