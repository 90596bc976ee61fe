import {
  createKernels,
  createRowGradient,
  DqrmError,
  reference,
  reserveRowGradient,
  type Kernels,
  type RowGradient,
} from "@dqrm/core";
import {
  checkFeatureBags,
  layFeatures,
  type CollectionPlacement,
  type EmbeddingCollection,
  type Feature,
  type FeatureBags,
} from "./collection.ts";
import type { TrainableTable } from "./table.ts";

/** Trains several tables with one call each for forward, backward and apply. */
export interface TrainableCollection<T extends TrainableTable = TrainableTable> extends EmbeddingCollection {
  /** The tables, each once, in the order of the first feature that reads it. */
  readonly tables: readonly T[];
  /** Looks up as the first half of a training step. @shape dst f32[bags × stride] */
  forward(bags: FeatureBags, dst: Float32Array): void;
  /**
   * Gives the gradient of each of {@link tables}; features that share a table are summed.
   *
   * @shape gradient f32[bags × stride]
   * @cost the results are the collection's own and valid until the next call
   */
  backward(bags: FeatureBags, gradient: Float32Array): readonly RowGradient[];
  /**
   * Updates every table and ends the step.
   *
   * @throws NON_FINITE, SHAPE: no table has changed then
   */
  apply(gradients: readonly RowGradient[], learningRate: number): void;
}

/** Fixes a {@link TrainableCollection}. */
export interface TrainableCollectionOptions {
  readonly placement?: CollectionPlacement;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/**
 * Places tables that learn side by side, in the order of the list.
 *
 * @throws VALUE when a name occurs twice or the placement is too narrow
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { createTrainableCollection, floatTable } from "@dqrm/embedding";
 * const table = floatTable({
 *   rows: 2, cols: 1, pooling: "sum", optimizer: { kind: "sgd" }, weights: Float32Array.of(1, 2),
 * });
 * const both = createTrainableCollection([{ name: "seen", table }, { name: "bought", table }]);
 * const bags = { seen: jaggedFrom([[0, 1]]), bought: jaggedFrom([[1]]) };
 * const matrix = new Float32Array(2);
 * both.forward(bags, matrix);
 * [...matrix]; // => [3, 2]
 * both.apply(both.backward(bags, Float32Array.of(1, 10)), 0.5);
 * [...table.weights]; // => [0.5, -3.5]
 * ```
 */
export function createTrainableCollection<T extends TrainableTable>(
  features: readonly Feature<T>[],
  options: TrainableCollectionOptions = {},
): TrainableCollection<T> {
  const { placement, kernels = createKernels([reference]) } = options;
  const { names, offsets, stride } = layFeatures(features, placement);
  const placed = features.map(({ table }, f) => table.placed({ stride, offset: offsets[f] }));
  const tables = [...new Set(features.map(({ table }) => table))];
  const sums = tables.map((table) => {
    const readers = features.flatMap((feature, f) => (feature.table === table ? [f] : []));
    return prepareSum(table.cols, readers, kernels);
  });
  const ofFeature: RowGradient[] = [];
  const ofTable: RowGradient[] = [];
  return {
    names,
    offsets,
    stride,
    tables,
    lookup: (bags, dst) => {
      checkFeatureBags(names, bags);
      for (let f = 0; f < placed.length; f++) placed[f].lookup(bags[names[f]], dst);
    },
    forward: (bags, dst) => {
      checkFeatureBags(names, bags);
      for (let f = 0; f < placed.length; f++) placed[f].forward(bags[names[f]], dst);
    },
    backward: (bags, gradient) => {
      checkFeatureBags(names, bags);
      for (let f = 0; f < placed.length; f++) ofFeature[f] = placed[f].backward(bags[names[f]], gradient);
      for (let t = 0; t < sums.length; t++) ofTable[t] = sums[t](ofFeature);
      return ofTable;
    },
    apply: (gradients, learningRate) => {
      checkGradients(tables, gradients);
      for (let t = 0; t < tables.length; t++) tables[t].apply(gradients[t], learningRate);
    },
  };
}

/** Prepares the sum of the gradients of the features that read one table; a single one is passed on as it is. */
function prepareSum(
  cols: number,
  readers: readonly number[],
  kernels: Kernels,
): (gradients: readonly RowGradient[]) => RowGradient {
  if (readers.length === 1) return (gradients) => gradients[readers[0]];
  const coalesce = kernels.prepare("coalesceRows", { cols });
  const joined = createRowGradient(cols, 0);
  const summed = createRowGradient(cols, 0);
  return (gradients) => {
    joined.count = 0;
    for (const reader of readers) {
      const { count, rows, values } = gradients[reader];
      reserveRowGradient(joined, joined.count + count);
      joined.rows.set(rows.subarray(0, count), joined.count);
      joined.values.set(values.subarray(0, count * cols), joined.count * cols);
      joined.count += count;
    }
    coalesce(joined.rows, joined.values, joined.count, summed);
    return summed;
  };
}

function checkGradients(tables: readonly TrainableTable[], gradients: readonly RowGradient[]): void {
  const op = "collection apply";
  if (gradients.length !== tables.length) {
    throw new DqrmError("SHAPE", {
      op,
      what: "gradients",
      expected: tables.length,
      actual: gradients.length,
    });
  }
  for (let t = 0; t < tables.length; t++) {
    const { cols, count, values } = gradients[t];
    if (cols !== tables[t].cols) {
      throw new DqrmError("SHAPE", {
        op,
        what: `columns of gradient ${t}`,
        expected: tables[t].cols,
        actual: cols,
      });
    }
    for (let i = 0; i < count * cols; i++) {
      if (!Number.isFinite(values[i])) {
        throw new DqrmError("NON_FINITE", {
          what: `gradient of table ${t}`,
          position: i,
          actual: String(values[i]),
        });
      }
    }
  }
}
