import { DqrmError } from "../../errors.ts";
import { allocateRows, type PackedRows } from "../../format/row-format.ts";
import { checkPackedRows } from "../../format/packed-rows.ts";
import { MIN_PEAK } from "../../format/symmetric-scale.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { ScaleRefresh, TableSpec } from "../model-spec.ts";
import { deadZoneView } from "./dead-zone-view.ts";
import { dorefaView } from "./dorefa-view.ts";
import { initialStep } from "./learned-step.ts";
import { packedTableFormat } from "./packed-table-format.ts";
import { packView, UNUSED_KEY } from "./pack-view.ts";
import { infiniteWeight } from "./infinite-weight.ts";
import { storedRows } from "./stored-format.ts";
import type { TableState } from "./table-state.ts";

/**
 * Packs a table as the forward pass of training sees it at this moment: codes with their scales, or floats.
 *
 * A table whose scale is recomputed at every step gets its exact absmax; a table with a stale or learned scale keeps it.
 *
 * @throws SHAPE when the weights do not fit the table; NON_FINITE when a scale is chosen over a weight that is NaN or infinite
 * @cost two passes over the weights; allocates the packed table
 *
 * ```ts doctest
 * import { allocateTableState, createArena, createKernels, packTable, reference } from "@dqrm/core";
 * const [granularity, refresh] = [{ kind: "table" }, { kind: "every-step" }] as const;
 * const quantization = { kind: "fake", bits: 4, granularity, refresh } as const;
 * const table = { name: "ad", rows: 1, cols: 2, quantization, poolingWeights: "none" } as const;
 * const state = allocateTableState(table, { kind: "sgd" }, createArena(1 << 10));
 * state.weights.set([7, -2.1]);
 * const packed = packTable(table, state, createKernels([reference]));
 * packed instanceof Float32Array ? [] : [...packed.codes]; // => [111]
 * ```
 */
export function packTable(table: TableSpec, state: TableState, kernels: Kernels): PackedRows | Float32Array {
  const { cols, name, quantization, rows } = table;
  const { scale, weights } = state;
  if (quantization.kind === "stored") return copyStored(storedRows({ cols, rows, quantization }, state));
  if (weights.length !== rows * cols) {
    const [what, expected] = [`weights of table ${name}`, rows * cols];
    throw new DqrmError("SHAPE", { op: "packTable", what, expected, actual: weights.length });
  }
  switch (quantization.kind) {
    case "none":
      return weights.slice();
    case "fake": {
      const kept = quantization.granularity.kind === "table" && isKept(quantization.refresh, state);
      return packSymmetric(table, weights, kept ? scale[0] : undefined, kernels);
    }
    case "learned-step": {
      const step = scale[0] === 0 ? initialStep(weights, quantization.bits, name) : scale[0];
      return packSymmetric(table, weights, step, kernels);
    }
    case "dead-zone":
    case "dorefa": {
      const exact = exactPeak(table, weights, kernels);
      const view =
        quantization.kind === "dorefa"
          ? dorefaView(table, quantization)
          : deadZoneView(table, state, quantization);
      view.use(isKept(quantization.refresh, state) ? scale[0] : exact);
      return packView(table, weights, view, kernels);
    }
  }
}

/** The codes that training changes are what is served; the model gets its own, for training may go on. */
function copyStored(packed: PackedRows): PackedRows {
  checkPackedRows("packTable", packed);
  return { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };
}

/** A scale of 0 was never chosen: the training plan then chooses one before it infers. */
function isKept(refresh: ScaleRefresh, { scale }: TableState): boolean {
  return refresh.kind !== "every-step" && scale[0] !== 0;
}

function exactPeak({ name }: TableSpec, weights: Float32Array, kernels: Kernels): number {
  const peak = kernels.prepare("absmax", {})(weights, 0, weights.length);
  if (Number.isFinite(peak)) return Math.max(peak, MIN_PEAK);
  throw infiniteWeight(name, weights);
}

function packSymmetric(
  table: TableSpec,
  weights: Float32Array,
  scale: number | undefined,
  kernels: Kernels,
): PackedRows | Float32Array {
  const format = packedTableFormat(table);
  if (format === undefined) return weights.slice();
  const packed = allocateRows(format, table.rows);
  if (scale === undefined) {
    kernels.prepare("chooseScale", format)(weights, packed.scale, packed.bias, 0, table.rows);
  } else packed.scale[0] = scale;
  const quantize = kernels.prepare("quantizeRows", { format, rounding: "nearest" });
  quantize(weights, packed, UNUSED_KEY, 0, table.rows);
  return packed;
}
