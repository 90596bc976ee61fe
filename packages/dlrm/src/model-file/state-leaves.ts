import {
  tableLengths,
  type LayerSpec,
  type OptimizerSpec,
  type TableSpec,
  type TableState,
  type LayerState,
} from "@dqrm/core";

/** Names one array of a state in the files of a checkpoint. */
export interface Leaf {
  readonly file: "model" | "optimizer";
  readonly name: string;
  readonly shape: readonly number[];
}

type Leaves<T> = { readonly [K in keyof T]: Leaf };
type TableLeaves = Leaves<Omit<TableState, "range">>;
type LayerLeaves = Leaves<LayerState>;

/** Lists the arrays of a table in file order. */
export const TABLE_KEYS = [
  "weights",
  "codes",
  "optimizer",
  "scale",
  "touches",
  "poolingWeights",
  "poolingOptimizer",
] as const;

/** Lists the arrays of a layer in file order. */
export const LAYER_KEYS = ["weight", "bias", "weightOptimizer", "biasOptimizer"] as const;

/** Names the arrays of a table. */
export function tableLeaves(name: string, table: TableSpec, optimizer: OptimizerSpec): TableLeaves {
  const { cols, quantization, rows } = table;
  const lengths = tableLengths(table, optimizer);
  // Where codes are all there is of a table, their scales are parameters as the codes are.
  const scaleFile = quantization.kind === "stored" ? "model" : "optimizer";
  return {
    weights: { file: "model", name: `${name}.weights`, shape: [lengths.weights / cols, cols] },
    codes: { file: "model", name: `${name}.codes`, shape: [rows, lengths.codes / rows] },
    poolingWeights: { file: "model", name: `${name}.pooling`, shape: [lengths.poolingWeights] },
    scale: { file: scaleFile, name: `${name}.scale`, shape: [lengths.scale] },
    touches: { file: "optimizer", name: `${name}.touches`, shape: [lengths.touches] },
    optimizer: { file: "optimizer", name: `${name}.optimizer`, shape: [lengths.optimizer] },
    poolingOptimizer: {
      file: "optimizer",
      name: `${name}.pooling_optimizer`,
      shape: [lengths.poolingOptimizer],
    },
  };
}

/** Names the arrays of a layer; a projection has no bias. */
export function layerLeaves(
  name: string,
  { inputs, outputs }: LayerSpec,
  optimizer: OptimizerSpec,
  biased: boolean,
): LayerLeaves {
  const kept = optimizer.kind === "sgd" ? 0 : 1;
  const biases = biased ? outputs : 0;
  return {
    weight: { file: "model", name: `${name}.weight`, shape: [outputs, inputs] },
    bias: { file: "model", name: `${name}.bias`, shape: [biases] },
    weightOptimizer: { file: "optimizer", name: `${name}.weight_optimizer`, shape: [kept * outputs, inputs] },
    biasOptimizer: { file: "optimizer", name: `${name}.bias_optimizer`, shape: [kept * biases] },
  };
}
