import { DqrmError } from "@dqrm/core";
import { checkFill, reserveIndices } from "./batch-buffer.ts";
import { checkInteger, checkLength } from "./check.ts";
import type { BatchBuffer, EncodedDataset, EncodedFeature } from "./dataset.ts";
import { MAX_SAMPLES, MAX_TABLE_ROWS } from "./limits.ts";

/**
 * Holds the indices of one sparse feature for all samples.
 *
 * @shape without offsets: indices i32[samples], one a sample; with offsets i32[samples + 1]: bags of any length
 */
export interface MemoryColumn {
  readonly indices: Int32Array;
  readonly offsets?: Int32Array;
}

/** Holds the arrays of a dataset in memory. */
export interface MemoryDatasetParts {
  readonly denseFeatures: number;
  readonly features: readonly EncodedFeature[];
  /** @shape dense f32[samples × denseFeatures] */
  readonly dense: Float32Array;
  /** @shape labels f32[samples] */
  readonly labels: Float32Array;
  /** One for each feature. */
  readonly columns: readonly MemoryColumn[];
  /** See {@link EncodedDataset.sections}. */
  readonly sections?: readonly number[];
  /** See {@link EncodedDataset.timestamps}. */
  readonly timestamps?: Float64Array;
}

const OP = "memoryDataset";

function checkFinite(what: string, values: Float32Array | Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new DqrmError("NON_FINITE", { what, position: i, actual: String(values[i]) });
    }
  }
}

function checkColumn(feature: EncodedFeature, column: MemoryColumn, samples: number): void {
  const { indices, offsets } = column;
  const rows = checkInteger(OP, `rows of feature ${feature.name}`, feature.rows, [1, MAX_TABLE_ROWS]);
  if (offsets === undefined) checkLength(OP, `indices of feature ${feature.name}`, indices.length, samples);
  else {
    checkLength(OP, `offsets of feature ${feature.name}`, offsets.length, samples + 1);
    for (let i = 0; i <= samples; i++) {
      const ok = i === 0 ? offsets[0] === 0 : offsets[i] >= offsets[i - 1];
      if (ok && (i < samples || offsets[i] === indices.length)) continue;
      throw new DqrmError("VALUE", {
        op: OP,
        what: `offsets[${i}] of feature ${feature.name}`,
        expected: `a rise from 0 to ${indices.length}`,
        actual: String(offsets[i]),
      });
    }
  }
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (index < 0 || index >= rows) throw new DqrmError("INDEX_RANGE", { op: OP, position: i, index, rows });
  }
}

function fillColumn(
  column: MemoryColumn,
  numbers: Float64Array,
  [begin, end]: readonly [begin: number, end: number],
  bag: BatchBuffer["bags"][number],
): void {
  const { indices, offsets } = column;
  if (offsets === undefined) {
    for (let i = begin; i < end; i++) {
      bag.indices[i - begin] = indices[numbers[i]];
      bag.offsets[i - begin] = i - begin;
    }
    bag.offsets[end - begin] = end - begin;
    return;
  }
  let count = 0;
  for (let i = begin; i < end; i++) count += offsets[numbers[i] + 1] - offsets[numbers[i]];
  reserveIndices(bag, count);
  let at = 0;
  for (let i = begin; i < end; i++) {
    bag.offsets[i - begin] = at;
    for (let p = offsets[numbers[i]]; p < offsets[numbers[i] + 1]; p++) bag.indices[at++] = indices[p];
  }
  bag.offsets[end - begin] = at;
}

/**
 * Creates a dataset over arrays in memory; the arrays are used, not copied.
 *
 * @throws SHAPE when the arrays disagree on the number of samples; INDEX_RANGE when an index is outside its table;
 *   NON_FINITE when a label or dense value is NaN or infinite
 * @cost O(values), once
 *
 * ```ts doctest
 * import { memoryDataset } from "@dqrm/data";
 * const dataset = memoryDataset({
 *   denseFeatures: 1,
 *   features: [{ name: "item", rows: 3 }],
 *   dense: Float32Array.of(0.5, -1),
 *   labels: Float32Array.of(0, 1),
 *   columns: [{ indices: Int32Array.of(2, 0) }],
 * });
 * dataset.samples; // => 2
 * ```
 */
export function memoryDataset(parts: MemoryDatasetParts): EncodedDataset {
  const { denseFeatures, features, dense, labels, columns } = parts;
  const samples = checkInteger(OP, "samples", labels.length, [0, MAX_SAMPLES]);
  checkInteger(OP, "denseFeatures", denseFeatures, [0, MAX_TABLE_ROWS]);
  checkLength(OP, "dense", dense.length, samples * denseFeatures);
  checkLength(OP, "columns", columns.length, features.length);
  checkFinite("label", labels);
  checkFinite("dense value", dense);
  features.forEach((feature, f) => {
    checkColumn(feature, columns[f], samples);
  });
  if (parts.timestamps !== undefined) {
    checkLength(OP, "timestamps", parts.timestamps.length, samples);
    checkFinite("timestamp", parts.timestamps);
  }
  const shape = { samples, denseFeatures, features };
  let open = true;
  return {
    ...shape,
    ...(parts.sections === undefined ? {} : { sections: parts.sections }),
    ...(parts.timestamps === undefined ? {} : { timestamps: parts.timestamps }),
    fill(numbers, begin, end, into) {
      if (!open) throw new DqrmError("STATE", { op: "fill", expected: "an open dataset", actual: "closed" });
      checkFill(shape, numbers, [begin, end], into);
      for (let i = begin; i < end; i++) {
        const from = numbers[i] * denseFeatures;
        const to = (i - begin) * denseFeatures;
        for (let d = 0; d < denseFeatures; d++) into.dense[to + d] = dense[from + d];
        into.labels[i - begin] = labels[numbers[i]];
      }
      const range = [begin, end] as const;
      for (let f = 0; f < columns.length; f++) fillColumn(columns[f], numbers, range, into.bags[f]);
      into.size = end - begin;
    },
    close() {
      open = false;
    },
  };
}
