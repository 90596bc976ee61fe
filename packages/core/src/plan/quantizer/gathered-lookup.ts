import type { Jagged } from "../../format/jagged.ts";
import { checkBags, failIndex } from "../../reference/checks.ts";
import type { RowView } from "./row-view.ts";
import type { TableTraining, TableTrainingContext } from "./table-training.ts";

/**
 * Prepares lookups of rows that no single kernel reads: they are copied, mapped, quantized and then pooled, each by a
 * kernel over all rows of the batch.
 *
 * @cost allocates when a batch has more indices than all before
 */
export function gatheredLookup(context: TableTrainingContext, view: RowView): TableTraining["lookup"] {
  const { kernels, state, table } = context;
  const { cols } = table;
  const { bias, format, scale } = view;
  const quantize = format === undefined ? undefined : kernels.prepare("fakeQuantizeRows", format);
  return (pooling, placement) => {
    const bag = kernels.prepare("embeddingBag", { cols, pooling, ...placement });
    const gather = prepareGather(context);
    return (bags, dst, size) => {
      const { begin, end, positions, values } = gather(bags, size);
      view.use(state.scale[0]);
      view.map(bags.indices, values, begin, end);
      quantize?.(values, scale, bias, values, begin, end);
      bag(values, end, { ...bags, indices: positions }, dst, 0, size);
    };
  };
}

/** Holds the masters of a batch's rows, each at the position of its index. */
interface GatheredRows {
  readonly values: Float32Array;
  /** Counts up from 0: row k of `values` belongs to position k. */
  readonly positions: Int32Array;
  readonly begin: number;
  readonly end: number;
}

function prepareGather({ state, table }: TableTrainingContext): (bags: Jagged, size: number) => GatheredRows {
  const { cols, rows } = table;
  const { weights } = state;
  let positions = new Int32Array(0);
  let values = new Float32Array(0);
  return (bags, size) => {
    checkBags("lookup", bags, 0, size);
    const { indices, offsets } = bags;
    const begin = offsets[0];
    const end = offsets[size];
    if (positions.length < end) {
      positions = Int32Array.from({ length: Math.max(end, 2 * positions.length) }, (_, k) => k);
      values = new Float32Array(positions.length * cols);
    }
    for (let position = begin; position < end; position++) {
      const row = indices[position];
      if (row < 0 || row >= rows) failIndex("lookup", position, row, rows);
      const from = row * cols;
      const to = position * cols;
      for (let c = 0; c < cols; c++) values[to + c] = weights[from + c];
    }
    return { values, positions, begin, end };
  };
}
