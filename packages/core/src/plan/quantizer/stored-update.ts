import { DqrmError } from "../../errors.ts";
import { checkPackedRows } from "../../format/packed-rows.ts";
import type { PackedRows } from "../../format/row-format.ts";
import { createRowGradient, type RowGradient } from "../../format/row-gradient.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import type { OptimizerSpec } from "../../kernel/ops.ts";
import type { RandomKey } from "../../random/threefry.ts";
import { checkFinite, checkLength, failIndex } from "../../reference/checks.ts";
import { prepareRowReader } from "../../reference/dequantize-row.ts";
import type { StoredQuantization } from "../model-spec.ts";
import { stepKey } from "../step-key.ts";
import { prepareRowWriter } from "./stored-rows.ts";
import { prepareNextStep } from "./stored-step.ts";
import { rowStateLength } from "./table-state.ts";

/** Holds a table that exists as codes, and what its optimizer remembers in FP32. */
export interface StoredTableParts {
  readonly quantization: StoredQuantization;
  /** Changed in place. */
  readonly packed: PackedRows;
  readonly optimizer: OptimizerSpec;
  /** Changed in place. @shape f32[0 sgd | rows × cols adagrad | rows rowwise-adagrad] */
  readonly optimizerState: Float32Array;
  /** Random numbers of the table's stochastic rounding; tells it apart from other tables. */
  readonly key: RandomKey;
}

/**
 * Updates the rows of a coalesced gradient in the step with the given number, counted from 0.
 *
 * @throws INDEX_RANGE, SHAPE; VALUE when the learning rate, NON_FINITE when a gradient, an updated weight or step is NaN
 *         or infinite: no row has changed then
 * @cost O(touched rows × cols), and that many floats of scratch
 */
export type StoredUpdate = (gradient: RowGradient, learningRate: number, step: number) => void;

/**
 * Prepares true low-precision training of a table: each touched row is dequantized, moved by the optimizer in FP32 and
 * quantized again, and no other copy of it exists.
 *
 * Rounding to nearest loses every change that is smaller than half a step, and training stalls; stochastic rounding
 * keeps it on average. A row whose whole gradient is zero keeps its codes.
 *
 * @throws VALUE or SHAPE when the parts do not fit together
 * @source ALPT, Li et al. 2022: codes(t + 1) = Q(ŵ − lr·g, Δ(t + 1)), with ŵ = Δ(t)·codes(t)
 *
 * ```ts doctest
 * import { allocateRows, createKernels, createStoredUpdate, reference, storedRowFormat, storeRows } from "@dqrm/core";
 * const stored = { kind: "stored", bits: 8, rounding: { kind: "nearest" }, step: { kind: "absmax" } } as const;
 * const packed = allocateRows(storedRowFormat(stored, 2), 1);
 * storeRows(stored, Float32Array.of(127, -3), packed, 0);
 * const parts = { quantization: stored, packed, optimizer: { kind: "sgd" }, key: { seed: 1, stream: 0 } } as const;
 * const update = createStoredUpdate({ ...parts, optimizerState: new Float32Array(0) }, createKernels([reference]));
 * const gradient = {
 *   cols: 2, count: 1, rows: Int32Array.of(0), values: Float32Array.of(0, 0.4), slots: new Int32Array(2),
 * };
 * update(gradient, 1, 0);
 * // −3 moved to −3.4 and was rounded back: the step is lost.
 * [...packed.codes]; // => [255, 125]
 * ```
 */
export function createStoredUpdate(parts: StoredTableParts, kernels: Kernels): StoredUpdate {
  const { key, optimizer, optimizerState, packed, quantization } = parts;
  const { cols } = packed.format;
  checkParts(parts);
  const readRow = prepareRowReader(packed.format);
  const writeRow = prepareRowWriter(packed, quantization.rounding.kind);
  const nextStep = prepareNextStep(quantization, cols);
  const updateRows = kernels.prepare("updateRows", { cols, optimizer });
  const statePerRow = rowStateLength(optimizer, 1, cols);
  const local = createRowGradient(cols, 0);
  let weights = new Float32Array(0);
  let state = new Float32Array(0);
  let scales = new Float32Array(0);

  const reserve = (count: number): void => {
    if (local.rows.length >= count) return;
    const capacity = Math.max(count, 2 * local.rows.length);
    local.rows = Int32Array.from({ length: capacity }, (_, k) => k);
    weights = new Float32Array(capacity * cols);
    state = new Float32Array(capacity * statePerRow);
    scales = new Float32Array(capacity);
  };
  const copyState = (from: Float32Array, at: number, to: Float32Array, place: number): void => {
    for (let i = 0; i < statePerRow; i++) to[place * statePerRow + i] = from[at * statePerRow + i];
  };

  return function update({ count, rows, values }, learningRate, step) {
    checkLength("storedUpdate", "gradient values", values.length, count * cols);
    checkRows(rows, count, packed.rows);
    reserve(count);
    for (let k = 0; k < count; k++) {
      readRow(packed, rows[k], weights, k * cols);
      copyState(optimizerState, rows[k], state, k);
    }
    local.count = count;
    local.values = values;
    updateRows(weights, local.rows.length, state, local, learningRate, undefined, 0, count);
    checkFinite("updated weight", weights, 0, count * cols);
    for (let k = 0; k < count; k++) scales[k] = nextStep(packed.scale[rows[k]], weights, values, k * cols);
    checkFinite("step of a row", scales, 0, count);
    const keyOfStep = stepKey(key, step);
    for (let k = 0; k < count; k++) {
      const row = rows[k];
      if (isZero(values, k * cols, cols)) continue;
      packed.scale[row] = scales[k];
      writeRow(weights, k * cols, row, keyOfStep);
      copyState(state, k, optimizerState, row);
    }
  };
}

function checkParts({ optimizer, optimizerState, packed, quantization }: StoredTableParts): void {
  const op = "storedUpdate";
  checkPackedRows(op, packed);
  const { bits, cols, granularity, scheme } = packed.format;
  if (bits !== quantization.bits || scheme !== "symmetric" || granularity.kind !== "row") {
    const expected = `symmetric codes of ${quantization.bits} bits with a scale for each row`;
    throw new DqrmError("VALUE", { op, what: "format", expected, actual: JSON.stringify(packed.format) });
  }
  const needed = rowStateLength(optimizer, packed.rows, cols);
  checkLength(op, "optimizer state", optimizerState.length, needed);
}

function checkRows(rows: Int32Array, count: number, tableRows: number): void {
  checkLength("storedUpdate", "gradient rows", rows.length, count);
  for (let k = 0; k < count; k++) {
    if (rows[k] < 0 || rows[k] >= tableRows) failIndex("storedUpdate", k, rows[k], tableRows);
  }
}

function isZero(values: Float32Array, at: number, cols: number): boolean {
  for (let i = at; i < at + cols; i++) {
    if (values[i] !== 0) return false;
  }
  return true;
}
