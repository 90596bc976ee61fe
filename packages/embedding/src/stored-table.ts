import {
  createKernels,
  createRowGradient,
  createStoredUpdate,
  DqrmError,
  reference,
  rowStateLength,
  type Kernels,
  type OptimizerSpec,
  type PackedRows,
  type Placement,
  type Pooling,
  type StoredQuantization,
  type StoredUpdate,
} from "@dqrm/core";
import { prepareBounds, type BoundsCheck, type BoundsPolicy } from "./bounds.ts";
import type { TrainableTable } from "./table.ts";

/** Fixes a table that learns without float weights. */
export interface StoredTableOptions {
  /** The caller's memory, changed in place; see fillStoredRows. */
  readonly packed: PackedRows;
  readonly quantization: StoredQuantization;
  /** Tells the random numbers of this table's rounding apart from those of other tables with the same seed. */
  readonly stream: number;
  readonly pooling: Pooling;
  readonly optimizer: OptimizerSpec;
  /** State to go on from; zeros unless given. @shape f32[0 sgd | rows × cols adagrad | rows rowwise-adagrad] */
  readonly optimizerState?: Float32Array;
  /** Where an earlier training stood; the start unless given. */
  readonly resume?: { readonly step: number };
  /** What becomes of an index outside the table; fatal unless said otherwise. */
  readonly bounds?: BoundsPolicy;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/** Learns codes, and serves them: what training changes is what is looked up. */
export interface StoredTable extends TrainableTable {
  /** The codes and scales; a checkpoint stores them with the step and the optimizer's state. */
  readonly packed: PackedRows;
  /** Steps applied so far: the random numbers of stochastic rounding depend on it. */
  readonly step: number;
  placed(placement: Placement): StoredTable;
}

/**
 * Creates a table for true low-precision training: codes and a scale for each row are all there is of it, an eighth to a
 * half of the memory of float weights.
 *
 * @units memory: rows × (⌈cols·bits/8⌉ + 4) bytes, and the optimizer's state, which stays in FP32
 * @throws VALUE, SHAPE or LIMIT when codes, quantization and state do not fit together
 * @source ALPT, Li et al. 2022
 *
 * ```ts doctest
 * import { allocateRows, jaggedFrom, storedRowFormat, storeRows } from "@dqrm/core";
 * import { storedTable } from "@dqrm/embedding";
 * const rounding = { kind: "stochastic", seed: 1 } as const;
 * const quantization = { kind: "stored", bits: 8, rounding, step: { kind: "absmax" } } as const;
 * const packed = allocateRows(storedRowFormat(quantization, 2), 2);
 * storeRows(quantization, Float32Array.of(127, -5, 3, 127), packed, 0);
 * const table = storedTable({ packed, quantization, stream: 0, pooling: "sum", optimizer: { kind: "sgd" } });
 * const vectors = new Float32Array(2);
 * table.forward(jaggedFrom([[0]]), vectors);
 * [...vectors]; // => [127, -5]
 * // Half a step of descent, 25 times: each time the code moves by one or not at all.
 * for (let step = 0; step < 25; step++) table.apply(table.backward(jaggedFrom([[0]]), Float32Array.of(0, -1)), 0.5);
 * table.lookup(jaggedFrom([[0]]), vectors);
 * vectors[1] > 0 && vectors[1] < 15; // => true
 * ```
 */
export function storedTable(options: StoredTableOptions): StoredTable {
  const { optimizer, packed, quantization, stream, kernels = createKernels([reference]) } = options;
  const { rows, format } = packed;
  const optimizerState =
    options.optimizerState ?? new Float32Array(rowStateLength(optimizer, rows, format.cols));
  const step = options.resume?.step ?? 0;
  checkOptions(options, optimizerState, step);
  const { rounding } = quantization;
  const key = { seed: rounding.kind === "stochastic" ? rounding.seed : 0, stream };
  const parts: StoredParts = {
    options,
    optimizerState,
    kernels,
    update: createStoredUpdate({ quantization, packed, optimizer, optimizerState, key }, kernels),
    check: prepareBounds(rows, options.bounds ?? { mode: "fatal" }),
    clock: { step },
  };
  return placeStored(parts, { stride: format.cols, offset: 0 });
}

interface StoredParts {
  readonly options: StoredTableOptions;
  readonly optimizerState: Float32Array;
  readonly kernels: Kernels;
  readonly update: StoredUpdate;
  readonly check: BoundsCheck;
  /** Shared by all placements of the table. */
  readonly clock: { step: number };
}

function placeStored(parts: StoredParts, { stride, offset }: Placement): StoredTable {
  const { check, clock, kernels, optimizerState, options, update } = parts;
  const { packed, pooling } = options;
  const { format, rows } = packed;
  const { cols } = format;
  const gather = kernels.prepare("embeddingBagPacked", { format, pooling, stride, offset });
  const scatter = kernels.prepare("embeddingBagBackward", { cols, pooling, stride, offset });
  const rowGradient = createRowGradient(cols, 0);
  const lookup: StoredTable["lookup"] = (bags, dst) => {
    gather(packed, check.check(bags), dst, 0, bags.offsets.length - 1);
  };
  return {
    rows,
    cols,
    pooling,
    packed,
    optimizerState,
    get step() {
      return clock.step;
    },
    lookup,
    forward: lookup,
    backward: (bags, gradient) => {
      scatter(gradient, rows, check.repair(bags), rowGradient);
      return rowGradient;
    },
    apply: (gradient, learningRate) => {
      update(gradient, learningRate, clock.step);
      clock.step += 1;
    },
    reload: () => undefined,
    placed: (placement) => placeStored(parts, placement),
  };
}

function checkOptions(
  { optimizer, packed }: StoredTableOptions,
  optimizerState: Float32Array,
  step: number,
): void {
  const op = "storedTable";
  const expected = rowStateLength(optimizer, packed.rows, packed.format.cols);
  if (optimizerState.length !== expected) {
    throw new DqrmError("SHAPE", { op, what: "optimizerState", expected, actual: optimizerState.length });
  }
  if (!Number.isSafeInteger(step) || step < 0) {
    const actual = String(step);
    throw new DqrmError("VALUE", { op, what: "resume.step", expected: "an integer >= 0", actual });
  }
}
