import {
  createKernels,
  createRowGradient,
  DqrmError,
  reference,
  type Jagged,
  type Kernels,
  type Placement,
  type Pooling,
  type RowGradient,
} from "@dqrm/core";
import { checkBags } from "@dqrm/core/checks";
import { checkIndices, prepareBounds, type BoundsCheck, type BoundsPolicy } from "./bounds.ts";
import { createRowComposer, learns, type RowComposer, type RowComposition } from "./row-composer.ts";
import type { EmbeddingTable, TrainableTable } from "./table.ts";

/** Fixes how bags of a table are pooled whose rows are computed from rows of other tables. */
export interface ComposedTableOptions {
  readonly pooling: Pooling;
  /** What becomes of an index outside [0, rows); fatal unless said otherwise. */
  readonly bounds?: BoundsPolicy;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/**
 * Learns rows that are computed from the rows of other tables; those hold the numbers.
 *
 * Its gradients are those of its own rows; {@link TrainableTable.apply} passes them on. A row that is made of what other
 * rows are made of changes them too. `optimizerState` is empty, unless the table has numbers of its own.
 */
export interface ComposedTable extends TrainableTable {
  /** The tables that hold the numbers; a checkpoint stores each of them. */
  readonly parts: readonly TrainableTable[];
  placed(placement: Placement): ComposedTable;
}

interface ComposedParts {
  readonly composition: RowComposition;
  readonly composer: RowComposer;
  readonly options: ComposedTableOptions;
  readonly kernels: Kernels;
  readonly bounds: BoundsCheck;
}

/**
 * Opens a table over a composition: one that learns when all tables do that it reads, else one that serves.
 *
 * @throws VALUE when one table is read twice, as its gradients would be applied one after the other
 */
export function composeTable(
  composition: RowComposition,
  options: ComposedTableOptions,
): ComposedTable | EmbeddingTable {
  const { op, reads, rows } = composition;
  if (new Set(reads.map(({ table }) => table)).size < reads.length) {
    const [expected, actual] = ["different tables", "one table twice"];
    throw new DqrmError("VALUE", { op, what: "tables", expected, actual });
  }
  const parts: ComposedParts = {
    composition,
    composer: createRowComposer(composition),
    options,
    kernels: options.kernels ?? createKernels([reference]),
    bounds: prepareBounds(rows, options.bounds ?? { mode: "fatal" }),
  };
  const place = { stride: composition.cols, offset: 0 };
  const tables = reads.map(({ table }) => table);
  return tables.every(learns) ? placeLearning(parts, tables, place) : placeServing(parts, place);
}

function preparePool(
  { bounds, composer, composition, kernels, options }: ComposedParts,
  placement: Placement,
): (bags: Jagged, dst: Float32Array, training: boolean) => void {
  const { cols, op, rows } = composition;
  const pool = kernels.prepare("embeddingBag", { cols, pooling: options.pooling, ...placement });
  return (bags, dst, training) => {
    const { indices, offsets, weights } = bounds.check(bags);
    const bagCount = offsets.length - 1;
    checkBags(op, bags, 0, bagCount);
    const read = indices.subarray(0, offsets[bagCount]);
    checkIndices(op, read, rows);
    const composed = composer.compose(read, training);
    const positions = composer.counting(read.length).subarray(0, read.length);
    const numbered = { indices: positions, offsets, ...(weights === undefined ? {} : { weights }) };
    pool(composed, composed.length / cols, numbered, dst, 0, bagCount);
  };
}

function placeServing(parts: ComposedParts, placement: Placement): EmbeddingTable {
  const { cols, rows } = parts.composition;
  const pool = preparePool(parts, placement);
  return {
    rows,
    cols,
    pooling: parts.options.pooling,
    lookup: (bags, dst) => {
      pool(bags, dst, false);
    },
    placed: (other) => placeServing(parts, other),
  };
}

function placeLearning(
  parts: ComposedParts,
  tables: readonly TrainableTable[],
  placement: Placement,
): ComposedTable {
  const { bounds, composer, composition, kernels, options } = parts;
  const { cols, op, rows } = composition;
  const pool = preparePool(parts, placement);
  const unpool = kernels.prepare("embeddingBagBackward", { cols, pooling: options.pooling, ...placement });
  const rowGradient = createRowGradient(cols, 0);
  return {
    ...placeServing(parts, placement),
    parts: tables,
    optimizerState: composition.optimizerState ?? new Float32Array(0),
    forward: (bags, dst) => {
      pool(bags, dst, true);
    },
    backward: (bags, gradient) => {
      unpool(gradient, rows, bounds.repair(bags), rowGradient);
      return rowGradient;
    },
    apply: (gradient, learningRate) => {
      checkGradient(op, composition, gradient);
      const touched = gradient.rows.subarray(0, gradient.count);
      const gradients = composer.decompose(touched, gradient.values);
      for (const part of gradients) checkFinite(op, part);
      composition.step?.(learningRate);
      tables.forEach((table, k) => {
        table.apply(gradients[k], learningRate);
      });
    },
    reload: () => {
      for (const table of tables) table.reload();
    },
    placed: (other) => placeLearning(parts, tables, other),
  };
}

function checkGradient(op: string, { cols, rows }: RowComposition, gradient: RowGradient): void {
  if (gradient.cols !== cols) {
    throw new DqrmError("SHAPE", { op, what: "gradient columns", expected: cols, actual: gradient.cols });
  }
  checkIndices(op, gradient.rows.subarray(0, gradient.count), rows);
  checkFinite(op, gradient);
}

function checkFinite(op: string, { cols, count, values }: RowGradient): void {
  for (let i = 0; i < count * cols; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new DqrmError("NON_FINITE", { what: `${op} gradient`, position: i, actual: String(values[i]) });
  }
}
