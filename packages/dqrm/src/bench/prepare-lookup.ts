import {
  createKernels,
  DqrmError,
  reference,
  type Arena,
  type Jagged,
  type Kernels,
  type PackedRows,
} from "@dqrm/core";
import { indexFiller, type IndexLaw } from "./batch-ring.ts";
import { createBits } from "./noise.ts";
import type { TimedCalls } from "./time-calls.ts";

/** Rows that a call looks up. */
export const CALL_ROWS = 16_384;

/** Calls whose indices are drawn at once. */
export const LOOKUP_RING = 16;

/** Says what is looked up. */
export interface LookupTask {
  readonly table: PackedRows;
  readonly pooling: number;
  readonly index: IndexLaw;
  readonly seed: number;
}

/**
 * Prepares calls of the op that looks packed rows up, and checks the first against the reference, bit for bit.
 *
 * @throws STATE when it differs
 */
export function prepareLookup(
  { index, pooling, seed, table }: LookupTask,
  kernels: Kernels,
  arena: Arena,
): Omit<TimedCalls, "work"> & { readonly backend: string } {
  const { format, rows } = table;
  const bags = Math.max(1, Math.floor(CALL_ROWS / pooling));
  const spec = { format, pooling: "sum", stride: format.cols, offset: 0 } as const;
  const lookup = kernels.prepare("embeddingBagPacked", spec);
  const offsets = Int32Array.from({ length: bags + 1 }, (_, b) => b * pooling);
  const ring = Array.from({ length: LOOKUP_RING }, (): Jagged => ({
    indices: new Int32Array(bags * pooling),
    offsets,
  }));
  const fill = indexFiller(index, rows, createBits(seed));
  const refill = (count: number): void => {
    for (const { indices } of ring.slice(0, count)) fill(indices);
  };
  const dst = arena.float32(bags * format.cols);
  refill(LOOKUP_RING);
  lookup(table, ring[0], dst, 0, bags);
  const expected = new Float32Array(dst.length);
  createKernels([reference]).prepare("embeddingBagPacked", spec)(table, ring[0], expected, 0, bags);
  const wrong = dst.findIndex((value, i) => !Object.is(value, expected[i]));
  if (wrong >= 0) {
    const [text, actual] = [`${expected[wrong]} at ${wrong}`, String(dst[wrong])];
    throw new DqrmError("STATE", { op: "bench lookup", expected: text, actual });
  }
  const chosen = kernels.explain("embeddingBagPacked", spec).find(({ verdict }) => verdict === "chosen");
  return {
    backend: chosen?.backend ?? "none",
    samples: bags * pooling,
    inputs: LOOKUP_RING,
    refill,
    call: (k) => lookup(table, ring[k], dst, 0, bags),
  };
}
