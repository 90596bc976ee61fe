import {
  allocateRows,
  checkRowFormat,
  createKernels,
  createRowGradient,
  DqrmError,
  reference,
  type BitWidth,
  type Kernels,
  type OpFn,
  type PackedRows,
  type Placement,
  type RowFormat,
  type ScaleGranularity,
  type ScaleRefresh,
} from "@dqrm/core";
import { prepareBounds, type BoundsCheck } from "./bounds.ts";
import { checkTable } from "./check-table.ts";
import type { TrainableTableOptions } from "./float-table.ts";
import { createSparseOptimizer, type SparseOptimizer } from "./sparse-optimizer.ts";
import { createTableScale, type TableScale } from "./table-scale.ts";
import type { MasterTable } from "./table.ts";

/** Fixes a table that learns through the codes that it will be served with. */
export interface QatTableOptions extends TrainableTableOptions {
  readonly bits: BitWidth;
  readonly granularity: ScaleGranularity;
  /** When the one scale of granularity "table" is recomputed; rows and groups recompute theirs at every look. */
  readonly refresh: ScaleRefresh;
  /** Where an earlier training stood; the start unless given. */
  readonly resume?: { readonly step: number; readonly scale: number };
}

/** Learns float weights, and answers as the packed table that {@link QatTable.pack} makes of them. */
export interface QatTable extends MasterTable {
  readonly format: RowFormat;
  /** Steps applied so far: the scale policy counts by it. */
  readonly step: number;
  /** The scale in use; 0 when rows or groups have scales of their own. A checkpoint stores it with the step. */
  readonly scale: number;
  /**
   * Quantizes all rows, with the scale in use.
   *
   * @cost O(rows × cols), allocates the packed table
   */
  pack(): PackedRows;
  placed(placement: Placement): QatTable;
}

/**
 * Creates a table for quantization-aware training.
 *
 * The forward pass quantizes only the rows that are looked up, and before they are pooled: its result equals the
 * packed table's bit for bit, bags of several indices included. The gradient passes straight through.
 *
 * @throws SHAPE when weights or state have another length than rows and cols imply; NON_FINITE when one scale serves
 *         the table and a weight is NaN or infinite; VALUE when refresh is not "every-step" although rows or groups have their own scales
 * @source DQRM §3.1, which quantizes the pooled vector instead; §3.2 for the refresh
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { qatTable } from "@dqrm/embedding";
 * const table = qatTable({
 *   rows: 2, cols: 2, pooling: "sum", optimizer: { kind: "sgd" }, weights: Float32Array.of(7, 2.4, 0.5, -3.6),
 *   bits: 4, granularity: { kind: "table" }, refresh: { kind: "every-step" },
 * });
 * const bags = jaggedFrom([[0, 1, 1]]);
 * const vectors = new Float32Array(2);
 * table.forward(bags, vectors);
 * // The scale is 7/7: the rows are 7, 2 and 0, -4.
 * [...vectors]; // => [7, -6]
 * table.apply(table.backward(bags, Float32Array.of(1, 0)), 0.5);
 * [...table.weights]; // => [6.5, 2.4000000953674316, -0.5, -3.5999999046325684]
 * ```
 */
export function qatTable(options: QatTableOptions): QatTable {
  const { rows, cols, bits, granularity, optimizerState, kernels = createKernels([reference]) } = options;
  const format: RowFormat = { bits, cols, scheme: "symmetric", granularity };
  checkRowFormat("qatTable", format);
  checkTable("qatTable", rows, cols, options.weights);
  checkPolicy(options);
  const scale = granularity.kind === "table" ? createTableScale({ ...options, kernels }) : undefined;
  if (scale !== undefined && options.resume !== undefined) scale.scale[0] = options.resume.scale;
  const optimizer = createSparseOptimizer({
    ...options,
    kernels,
    ...(optimizerState === undefined ? {} : { state: optimizerState }),
    ...(scale === undefined ? {} : { range: scale.range }),
  });
  const parts: QatParts = {
    options,
    format,
    kernels,
    optimizer,
    scale,
    check: prepareBounds(rows, options.bounds ?? { mode: "fatal" }),
    pack: preparePack(options, format, scale, kernels),
    clock: { step: options.resume?.step ?? 0 },
  };
  return placeQat(parts, { stride: cols, offset: 0 });
}

interface QatParts {
  readonly options: QatTableOptions;
  readonly format: RowFormat;
  readonly kernels: Kernels;
  readonly optimizer: SparseOptimizer;
  /** Undefined when each row or group has a scale of its own. */
  readonly scale: TableScale | undefined;
  readonly check: BoundsCheck;
  readonly pack: () => PackedRows;
  /** Shared by all placements of the table. */
  readonly clock: { step: number };
}

function placeQat(parts: QatParts, { stride, offset }: Placement): QatTable {
  const { options, format, kernels, optimizer, scale, check, pack, clock } = parts;
  const { rows, cols, pooling, weights, bits, granularity } = options;
  const placement = { cols, pooling, stride, offset };
  const gather = kernels.prepare("embeddingBagFakeQuant", { ...placement, bits, granularity });
  const scatter = kernels.prepare("embeddingBagBackward", placement);
  const rowGradient = createRowGradient(cols, 0);
  const scales = scale?.scale ?? new Float32Array(0);
  return {
    rows,
    cols,
    pooling,
    weights,
    format,
    pack,
    optimizerState: optimizer.state,
    get step() {
      return clock.step;
    },
    get scale() {
      return scale?.scale[0] ?? 0;
    },
    lookup: (bags, dst) => {
      scale?.beforeLookup();
      gather(weights, rows, scales, check.check(bags), dst, 0, bags.offsets.length - 1);
    },
    forward: (bags, dst) => {
      scale?.beforeStep(clock.step);
      gather(weights, rows, scales, check.check(bags), dst, 0, bags.offsets.length - 1);
    },
    backward: (bags, gradient) => {
      scatter(gradient, rows, check.repair(bags), rowGradient);
      return rowGradient;
    },
    apply: (gradient, learningRate) => {
      optimizer.apply(gradient, learningRate);
      clock.step += 1;
    },
    reload: () => {
      scale?.rescan();
    },
    placed: (other) => placeQat(parts, other),
  };
}

function preparePack(
  { rows, weights }: QatTableOptions,
  format: RowFormat,
  scale: TableScale | undefined,
  kernels: Kernels,
): () => PackedRows {
  const quantize: OpFn<"quantizeRows"> = kernels.prepare("quantizeRows", { format, rounding: "nearest" });
  const choose = kernels.prepare("chooseScale", format);
  return () => {
    const packed = allocateRows(format, rows);
    if (scale === undefined) choose(weights, packed.scale, packed.bias, 0, rows);
    else {
      scale.beforeLookup();
      packed.scale.set(scale.scale);
    }
    // Rounding to nearest draws no random numbers; the key is not read.
    quantize(weights, packed, { seed: 0, stream: 0 }, 0, rows);
    return packed;
  };
}

function checkPolicy({ granularity, refresh, resume }: QatTableOptions): void {
  const op = "qatTable";
  if (granularity.kind !== "table" && refresh.kind !== "every-step") {
    throw new DqrmError("VALUE", {
      op,
      what: "refresh",
      expected: `"every-step", as scales of granularity "${granularity.kind}" follow their rows`,
      actual: refresh.kind,
    });
  }
  if (refresh.kind === "periodic" && !(Number.isInteger(refresh.periodSteps) && refresh.periodSteps >= 1)) {
    throw new DqrmError("VALUE", {
      op,
      what: "refresh.periodSteps",
      expected: "an integer >= 1",
      actual: String(refresh.periodSteps),
    });
  }
  if (resume === undefined) return;
  const { step, scale } = resume;
  const scaled = granularity.kind === "table" ? Number.isFinite(scale) && scale > 0 : scale === 0;
  if (!Number.isInteger(step) || step < 0 || !scaled) {
    throw new DqrmError("VALUE", {
      op,
      what: "resume",
      expected: "the step and scale of a table with the same granularity",
      actual: `step ${step}, scale ${scale}`,
    });
  }
}
