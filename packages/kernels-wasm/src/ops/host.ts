import type { OpFn, OpName, OpSpec } from "@dqrm/core";
import type { Stage } from "../runtime/stage.ts";

/** Gives the ops of a backend what they run on: the functions of a module, and the memory that they see. */
export interface Host<Exports> {
  readonly exports: Exports;
  readonly stage: Stage;
}

/** Prepares kernels of one op. */
export type Factory<K extends OpName> = (spec: OpSpec<K>) => OpFn<K>;

/** A part of this size and its results stay in the second-level cache while they are copied in and out. */
const PART_BYTES = 1 << 18;

/** Counts the rows that one call of a module takes at most, so that scratch stays small however long an array is. */
export function rowsPerPart(rowBytes: number): number {
  return Math.max(1, Math.floor(PART_BYTES / rowBytes));
}

/** Counts the samples that one product takes at most: weights that have to be copied are copied for many of them. */
export function samplesPerPart(inputs: number, outputs: number): number {
  const bytes = 4 * (inputs + outputs);
  return Math.max(rowsPerPart(bytes), Math.ceil((16 * inputs * outputs) / bytes));
}
