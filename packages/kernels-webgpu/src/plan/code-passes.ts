import { ACTIVATION_CODES } from "../ops/activation-code.ts";
import { blockGroups } from "../ops/absmax.ts";
import type { Activation } from "@dqrm/core";
import type { Matrix } from "./matrix.ts";
import type { ProgramBuilder } from "./program-builder.ts";
import type { ResidentCodeLayer } from "./resident-table.ts";

/** Names the buffers of a layer of codes in a program. */
export type ServedCodes = ResidentCodeLayer;

/** Gives the layers of a model that is served in codes. */
export function codeLayers(
  program: ProgramBuilder,
  layers: readonly ResidentCodeLayer[],
): readonly ServedCodes[] {
  return layers.map(({ bias, codes, scales, sums, words }) => ({
    words,
    codes: program.resident(codes),
    scales: program.resident(scales),
    sums: program.resident(sums),
    bias: program.resident(bias),
  }));
}

/** Says what a layer of codes multiplies. */
export interface CodeProduct {
  readonly samples: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** Whether no input is negative, so that its codes need no sign. */
  readonly unsigned: boolean;
}

/** Adds a layer whose inputs are rounded to 8 bits for each sample, and whose sums are exact in 32 bits. */
export function addCodeProduct(
  program: ProgramBuilder,
  { bias, codes, scales, sums, words }: ServedCodes,
  { activation, inputs, outputs, samples, unsigned }: CodeProduct,
  { x, y }: { readonly x: Matrix; readonly y: Matrix },
): void {
  const rounded = program.floats(samples * words);
  const steps = program.floats(samples);
  const groups = blockGroups(samples);
  const fields = [samples, inputs, x.stride, words, unsigned, groups[0]];
  program.pass("quantize-inputs", fields, [x.buffer, rounded, steps], groups);
  const product = [samples, outputs, words, y.stride, unsigned, ACTIVATION_CODES[activation]];
  const bound = [rounded, steps, codes, scales, sums, bias, y.buffer];
  program.pass("code-product", product, bound, [Math.ceil(outputs / 8), Math.ceil(samples / 8), 1]);
}
