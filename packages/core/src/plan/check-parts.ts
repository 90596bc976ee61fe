import { DqrmError } from "../errors.ts";
import { BLOCK_ROWS } from "../format/block-range.ts";
import { checkPackedRows } from "../format/packed-rows.ts";
import type { PackedRows } from "../format/row-format.ts";
import { ACTIVATION_RANGE, activationSites } from "./activation/activation-sites.ts";
import type { LayerSpec, ModelSpec, TableSpec } from "./model-spec.ts";
import { projectionLayers, type LayerState, type ModelState } from "./model-state.ts";
import type { PackedLayer, PackedModel } from "./plan.ts";
import { rangeRows, TABLE_ARRAYS, tableLengths } from "./quantizer/table-state.ts";

const TRAINING = "compileTraining";
const INFERENCE = "compileInference";

/**
 * Checks that a state has the arrays that its spec implies, so that no step finds out after it changed some of them.
 *
 * @throws SHAPE naming the array
 */
export function checkModelState(spec: ModelSpec, state: ModelState): void {
  expectLength(TRAINING, "tables", state.tables.length, spec.tables.length);
  spec.tables.forEach((table, t) => {
    const { range, ...arrays } = state.tables[t];
    const lengths = tableLengths(table, spec.optimizer);
    for (const what of TABLE_ARRAYS) {
      expectLength(TRAINING, `tables[${t}].${what}`, arrays[what].length, lengths[what]);
    }
    const blocks = Math.max(1, Math.ceil(rangeRows(table) / BLOCK_ROWS));
    expectLength(TRAINING, `tables[${t}].range`, range.dirty.length, blocks);
  });
  const ranges = ACTIVATION_RANGE * activationSites(spec).length;
  expectLength(TRAINING, "activationRanges", state.activationRanges.length, ranges);
  const remembers = spec.optimizer.kind !== "sgd";
  checkLayerStates("bottom", spec.bottom, state.bottom, { biased: true, remembers });
  checkLayerStates("top", spec.top, state.top, { biased: true, remembers });
  checkLayerStates("projections", projectionLayers(spec), state.projections, { biased: false, remembers });
}

function checkLayerStates(
  name: string,
  specs: readonly LayerSpec[],
  states: readonly LayerState[],
  { biased, remembers }: { readonly biased: boolean; readonly remembers: boolean },
): void {
  expectLength(TRAINING, name, states.length, specs.length);
  specs.forEach(({ inputs, outputs }, k) => {
    const { bias, biasOptimizer, weight, weightOptimizer } = states[k];
    const biases = biased ? outputs : 0;
    const lengths = [
      ["weight", weight.length, outputs * inputs],
      ["bias", bias.length, biases],
      ["weightOptimizer", weightOptimizer.length, remembers ? outputs * inputs : 0],
      ["biasOptimizer", biasOptimizer.length, remembers ? biases : 0],
    ] as const;
    for (const [what, actual, needed] of lengths) {
      expectLength(TRAINING, `${name}[${k}].${what}`, actual, needed);
    }
  });
}

/**
 * Checks that a packed model has the parts that its spec implies: a table of another width would write over its
 * neighbour's vector.
 *
 * @throws SHAPE naming the part; VALUE or LIMIT when packed rows do not fit together
 */
export function checkPackedModel({ spec, ...model }: PackedModel): void {
  expectLength(INFERENCE, "tables", model.tables.length, spec.tables.length);
  expectLength(INFERENCE, "poolingWeights", model.poolingWeights.length, spec.tables.length);
  spec.tables.forEach(({ cols, poolingWeights, rows }: TableSpec, t) => {
    checkMatrix(`tables[${t}]`, model.tables[t], rows, cols);
    const needed = poolingWeights === "none" ? 0 : rows;
    expectLength(INFERENCE, `poolingWeights[${t}]`, model.poolingWeights[t].length, needed);
  });
  const ranges = ACTIVATION_RANGE * activationSites(spec).length;
  expectLength(INFERENCE, "activationRanges", model.activationRanges?.length ?? 0, ranges);
  checkPackedLayers("bottom", spec.bottom, model.bottom, true);
  checkPackedLayers("top", spec.top, model.top, true);
  checkPackedLayers("projections", projectionLayers(spec), model.projections, false);
}

function checkPackedLayers(
  name: string,
  specs: readonly LayerSpec[],
  layers: readonly PackedLayer[],
  biased: boolean,
): void {
  expectLength(INFERENCE, name, layers.length, specs.length);
  specs.forEach(({ inputs, outputs }, k) => {
    checkMatrix(`${name}[${k}].weight`, layers[k].weight, outputs, inputs);
    checkMatrix(`${name}[${k}].bias`, layers[k].bias, biased ? outputs : 0, 1);
  });
}

function checkMatrix(what: string, matrix: PackedRows | Float32Array, rows: number, cols: number): void {
  if (matrix instanceof Float32Array) {
    expectLength(INFERENCE, what, matrix.length, rows * cols);
    return;
  }
  checkPackedRows(`${INFERENCE} ${what}`, matrix);
  expectLength(INFERENCE, `${what} rows`, matrix.rows, rows);
  expectLength(INFERENCE, `${what} cols`, matrix.format.cols, cols);
}

function expectLength(op: string, what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new DqrmError("SHAPE", { op, what, expected, actual });
}
