import { DqrmError } from "../errors.ts";
import type { ModelSpec } from "./model-spec.ts";

/** Fewer bits than this lose what a layer tells the next one; the authors take 8 or more. */
export const MIN_ACTIVATION_BITS = 8;

/** More bits than this would not fit a 16-bit code. */
export const MAX_ACTIVATION_BITS = 16;

const OP = "model spec";

/**
 * Checks how a model quantizes the inputs of its layers.
 *
 * @throws VALUE naming the part
 */
export function checkActivations({ activationQuantization }: ModelSpec): void {
  if (activationQuantization === undefined) return;
  const { bits, range } = activationQuantization;
  if (!Number.isInteger(bits) || bits < MIN_ACTIVATION_BITS || bits > MAX_ACTIVATION_BITS) {
    const expected = `an integer in [${MIN_ACTIVATION_BITS}, ${MAX_ACTIVATION_BITS}]`;
    refuse("activationQuantization.bits", expected, bits);
  }
  if (range.kind === "ema" && !(range.momentum >= 0 && range.momentum <= 1)) {
    refuse("activationQuantization.range.momentum", "a number in [0, 1]", range.momentum);
  }
}

/**
 * Checks that only products are rounded.
 *
 * @throws VALUE when an interaction without products has bits
 */
export function checkInteraction({ interaction: { bits, kind } }: ModelSpec): void {
  if (bits !== undefined && kind !== "dot") refuse("interaction.bits", 'kind "dot" beside it', kind);
}

/**
 * Checks the regularization of a model.
 *
 * @throws VALUE naming the part
 */
export function checkRegularization({ regularization }: ModelSpec): void {
  if (regularization === undefined) return;
  const { dropout, l2 } = regularization;
  if (!(l2 >= 0 && l2 < Infinity)) refuse("regularization.l2", "a finite number >= 0", l2);
  if (!(dropout.rate >= 0 && dropout.rate < 1)) {
    refuse("regularization.dropout.rate", "a number in [0, 1)", dropout.rate);
  }
  if (!Number.isSafeInteger(dropout.seed)) {
    refuse("regularization.dropout.seed", "an integer", dropout.seed);
  }
}

function refuse(what: string, expected: string, actual: number | string): never {
  throw new DqrmError("VALUE", { op: OP, what, expected, actual: String(actual) });
}
