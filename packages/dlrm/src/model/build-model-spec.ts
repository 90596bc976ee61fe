import type {
  Activation,
  LayerSpec,
  LinearQuantization,
  ModelInteraction,
  ModelSpec,
  OptimizerSpec,
} from "@dqrm/core";
import type { EncodedFeature } from "@dqrm/data";
import type {
  DlrmConfig,
  OptimizerConfig,
  QuantizationConfig,
  TableQuantizationConfig,
} from "../config/dlrm-config.ts";
import type { RegularizationConfig } from "../config/layer-config.ts";
import { servedConfig } from "../config/phase.ts";
import { embedFeatures } from "./embed-features.ts";
import { tableQuantization } from "./table-quantization.ts";

/** Says what a model needs to know of the data: the dense columns, and the sparse features with their row counts. */
export interface DataShape {
  readonly denseFeatures: number;
  readonly features: readonly EncodedFeature[];
}

/**
 * Builds the description of a model that plans compile, from its configuration and the shape of the data.
 *
 * With a schedule, it is the model of the last phase; `phaseConfig` gives the configuration of another one. The seed
 * decides what a step draws: the activations that it drops, and how the codes of stored tables are rounded.
 *
 * ```ts doctest
 * import { buildModelSpec, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.kaggle, { denseFeatures: 13, features: [{ name: "ad", rows: 1000 }] });
 * spec.tables[0].cols; // => 16
 * spec.top[0]; // => { inputs: 17, outputs: 512, activation: "relu" }
 * ```
 */
export function buildModelSpec(config: DlrmConfig, shape: DataShape, seed = 0): ModelSpec {
  const phase = servedConfig(config);
  const { model, quantization, regularization } = phase;
  const { features, tables } = embedFeatures(model, shape.features, (rows) =>
    tableQuantization(ruledBySize(quantization.tables, rows ?? 0), seed),
  );
  const vectors = features.length + 1;
  const cols = model.bottom[model.bottom.length - 1];
  const pairs = (vectors * (vectors + (model.interactionItself ? 1 : -1))) / 2;
  const topInputs = model.interaction === "cat" ? vectors * cols : cols + pairs;
  const { kind, threshold, weights } = config.loss;
  return {
    denseFeatures: shape.denseFeatures,
    tables,
    features,
    bottom: layers(shape.denseFeatures, model.bottom, "relu"),
    interaction: interaction(phase),
    top: layers(topInputs, model.top, "none"),
    linearQuantization: linearQuantization(quantization),
    ...activationQuantization(quantization),
    ...regularizationSpec(regularization, seed),
    loss: { kind, threshold, weights },
    optimizer: optimizerSpec(config.optimizer),
  };
}

function layers(inputs: number, sizes: readonly number[], last: Activation): readonly LayerSpec[] {
  return sizes.map((outputs, k) => ({
    inputs: k === 0 ? inputs : sizes[k - 1],
    outputs,
    activation: k === sizes.length - 1 ? last : "relu",
  }));
}

/** Applies the last rule that a table of so many rows reaches; none to one of 0 rows, which stands for a shared one. */
function ruledBySize(config: TableQuantizationConfig, rows: number): TableQuantizationConfig {
  const rule = config.overrides.findLast(({ minRows }) => rows >= minRows);
  return rule === undefined ? config : { ...config, bits: rule.bits, granularity: rule.granularity };
}

function linearQuantization({ mlp }: QuantizationConfig): LinearQuantization {
  const { bias, bits, granularity: kind } = mlp;
  return bits === 32 ? { kind: "none" } : { kind: "fake", bits, granularity: kind, bias };
}

function interaction({ model, quantization }: DlrmConfig): ModelInteraction {
  const spec = { kind: model.interaction, itself: model.interactionItself };
  return quantization.interactionBits === 16 ? { ...spec, bits: 16 } : spec;
}

function activationQuantization({
  activations,
}: QuantizationConfig): Pick<ModelSpec, "activationQuantization"> {
  const { at, bits, momentum, range: kind } = activations;
  if (bits === 32) return {};
  return { activationQuantization: { bits, at, range: kind === "ema" ? { kind, momentum } : { kind } } };
}

function regularizationSpec(
  { dropout, l2 }: RegularizationConfig,
  seed: number,
): Pick<ModelSpec, "regularization"> {
  return l2 === 0 && dropout === 0 ? {} : { regularization: { l2, dropout: { rate: dropout, seed } } };
}

function optimizerSpec({ epsilon, kind }: OptimizerConfig): OptimizerSpec {
  return kind === "sgd" ? { kind } : { kind, epsilon };
}
