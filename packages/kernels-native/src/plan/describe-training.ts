import type {
  Activation,
  LayerSpec,
  LayerState,
  LinearQuantization,
  ModelSpec,
  ModelState,
  OptimizerSpec,
  Pooling,
  TableSpec,
  TableState,
} from "@dqrm/core";

/** Describes a model to the addon: numbers and arrays, each list in the fixed order in which the addon reads it. */
export interface ModelDescription {
  readonly numbers: Float64Array;
  readonly arrays: readonly ArrayBufferView[];
}

/** Numbers activations as the addon does (native/plan/activation.h). */
export const ACTIVATIONS: Readonly<Record<Activation, number>> = { none: 0, relu: 1, sigmoid: 2 };
const LOSSES: Readonly<Record<ModelSpec["loss"]["kind"], number>> = { bce: 0, wbce: 1, mse: 2 };
const OPTIMIZERS: Readonly<Record<OptimizerSpec["kind"], number>> = {
  sgd: 0,
  adagrad: 1,
  "rowwise-adagrad": 2,
};
const GRANULARITIES = { table: 0, row: 1, group: 2 } as const;

/** Gives the pooling of each table, or undefined when the spec has features that are more than one bag of one table. */
export function poolingOfTables(spec: ModelSpec): readonly Pooling[] | undefined {
  const poolings = new Array<Pooling>(spec.tables.length).fill("sum");
  for (const feature of spec.features) {
    if (feature.kind !== "table" || spec.tables[feature.table].poolingWeights !== "none") return undefined;
    poolings[feature.table] = feature.pooling;
  }
  return poolings;
}

/** Says how bfloat16 products are computed: as the processor does them best, from rounded floats, or in pairs. */
export type Bfloat16Form = "best" | "rounded" | "pairs";

const BFLOAT16_FORMS: Readonly<Record<Bfloat16Form, number>> = { best: 1, rounded: 2, pairs: 3 };

/** Says how a plan computes, beyond what its model is. */
export interface TrainingForm {
  readonly maxBatch: number;
  readonly poolings: readonly Pooling[];
  /** Undefined for products of floats. */
  readonly bfloat16: Bfloat16Form | undefined;
}

/** Describes a model and its state, of which the addon changes tables in place and keeps layers in a layout of its own. */
export function describeTraining(
  spec: ModelSpec,
  state: ModelState,
  { bfloat16, maxBatch, poolings }: TrainingForm,
): ModelDescription {
  const { interaction, loss, optimizer } = spec;
  const numbers = [
    spec.denseFeatures,
    maxBatch,
    Number(interaction.kind === "cat"),
    Number(interaction.itself),
    ...quantizationNumbers(spec.linearQuantization),
    bfloat16 === undefined ? 0 : BFLOAT16_FORMS[bfloat16],
    LOSSES[loss.kind],
    loss.threshold,
    ...loss.weights,
    OPTIMIZERS[optimizer.kind],
    optimizer.kind === "sgd" ? 0 : optimizer.epsilon,
    spec.tables.length,
    ...spec.tables.flatMap((table, t) => tableNumbers(table, state.tables[t], poolings[t])),
    spec.features.length,
    ...spec.features.map((feature) => (feature.kind === "table" ? feature.table : 0)),
    ...stackNumbers(spec.bottom),
    ...stackNumbers(spec.top),
  ];
  return { numbers: Float64Array.from(numbers), arrays: stateArrays(spec, state) };
}

/** Tells whether one scale for the whole table follows its rows. */
export function isTracked({ quantization }: TableSpec): boolean {
  return quantization.kind === "fake" && quantization.granularity.kind === "table";
}

/** Lists the arrays of a state that a plan reads and writes, in the order of their description. */
export function stateArrays(spec: ModelSpec, state: ModelState): readonly ArrayBufferView[] {
  const none = { tree: new Float32Array(0), dirty: new Uint8Array(0) };
  const layers = (states: readonly LayerState[]): readonly ArrayBufferView[] =>
    states.flatMap(({ bias, biasOptimizer, weight, weightOptimizer }) => [
      weight,
      bias,
      weightOptimizer,
      biasOptimizer,
    ]);
  return [
    ...spec.tables.flatMap((table, t) => {
      const { optimizer, range, scale, weights } = state.tables[t];
      const { dirty, tree } = isTracked(table) ? range : none;
      return [weights, optimizer, scale, tree, dirty];
    }),
    ...layers(state.bottom),
    ...layers(state.top),
  ];
}

function quantizationNumbers(quantization: LinearQuantization): readonly number[] {
  if (quantization.kind === "none") return [0, 0, 0];
  return [
    quantization.bits,
    Number(quantization.granularity === "channel"),
    Number(quantization.bias === "same"),
  ];
}

function tableNumbers(table: TableSpec, { range }: TableState, pooling: Pooling): readonly number[] {
  const { cols, quantization, rows } = table;
  const granularity = quantization.kind === "fake" ? quantization.granularity : ({ kind: "table" } as const);
  return [
    rows,
    cols,
    Number(pooling === "mean"),
    quantization.kind === "fake" ? quantization.bits : 0,
    GRANULARITIES[granularity.kind],
    granularity.kind === "group" ? granularity.groupCols : cols,
    isTracked(table) ? range.leaves : 0,
  ];
}

function stackNumbers(layers: readonly LayerSpec[]): readonly number[] {
  return [
    layers.length,
    ...layers.flatMap(({ activation, inputs, outputs }) => [inputs, outputs, ACTIVATIONS[activation]]),
  ];
}
