import { createRowGradient } from "../../format/row-gradient.ts";
import type { Placement } from "../../kernel/ops.ts";
import { prepareTensorTrain } from "../../mapping/tensor-train.ts";
import { coreCols, type TensorTrainShape } from "../../mapping/tensor-train-shape.ts";
import { checkBags } from "../../reference/checks.ts";
import type { ModelSpec, TensorTrainFeatureSpec } from "../model-spec.ts";
import { vectorCols } from "../model-state.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createTableFeature } from "./table-feature.ts";
import { allocateTrainRows } from "./train-rows.ts";

/**
 * Prepares a feature whose rows are products of rows of three tables, pooled afterwards.
 *
 * @source Yin et al. 2021, TT-Rec, arXiv 2101.11714
 */
export function createTensorTrainFeature(
  context: FeatureContext,
  feature: TensorTrainFeatureSpec,
  placement: Placement,
): Feature {
  const shape = shapeOf(context.spec, feature);
  const widths = coreCols(shape);
  const train = prepareTensorTrain(shape);
  const cores = feature.tables.map((table, k) =>
    createTableFeature(context, { kind: "table", table, pooling: "sum" }, { stride: widths[k], offset: 0 }),
  );
  const bagSpec = { cols: shape.cols, pooling: feature.pooling, ...placement };
  const pool = context.kernels.prepare("embeddingBag", bagSpec);
  const unpool = context.kernels.prepare("embeddingBagBackward", bagSpec);
  const pooledGradient = createRowGradient(shape.cols, 0);
  let held = allocateTrainRows(shape, 1);

  return {
    forward(bags, vectors, size) {
      checkBags("tensor-train feature", bags, 0, size);
      const count = bags.offsets[size];
      if (held.capacity < count) held = allocateTrainRows(shape, Math.max(count, 2 * held.capacity));
      held.split(bags.indices, feature.rows, count);
      cores.forEach((core, k) => {
        core.forward(held.single(k, count), held.cores[k], count);
      });
      train.multiply(held.cores, held.rows, count);
      pool(held.rows, held.capacity, held.positions(bags, size), vectors, 0, size);
    },
    backward(bags, dvectors, size, gradients) {
      const count = bags.offsets[size];
      unpool(dvectors, held.capacity, held.positions(bags, size), pooledGradient);
      held.spread(pooledGradient, count);
      train.backward(held.cores, held.drows, held.dcores, count);
      cores.forEach((core, k) => {
        core.backward(held.single(k, count), held.dcores[k], count, gradients);
      });
    },
  };
}

function shapeOf(spec: ModelSpec, { dims, rank, tables }: TensorTrainFeatureSpec): TensorTrainShape {
  const rowsOf = (table: number): number => spec.tables[table].rows;
  const coreRows = [rowsOf(tables[0]), rowsOf(tables[1]), rowsOf(tables[2])] as const;
  return { cols: vectorCols(spec), coreRows, dims, rank };
}
