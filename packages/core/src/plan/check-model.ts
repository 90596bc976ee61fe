import { DqrmError } from "../errors.ts";
import { MAX_COLS, MAX_ROWS } from "../format/row-format.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import { checkCount, checkEqual } from "./check-count.ts";
import { checkFeatures } from "./check-features.ts";
import { checkActivations, checkInteraction, checkRegularization } from "./check-layers.ts";
import { vectorCols } from "./model-state.ts";
import type { LayerSpec, ModelSpec } from "./model-spec.ts";
import { checkTableQuantization } from "./quantizer/check-quantization.ts";

/** A model with more tables or features than this is a mistake or an attack. */
export const MAX_TABLES: number = 1 << 14;

/** A stack with more layers than this is a mistake or an attack. */
export const MAX_LAYERS = 256;

const OP = "model spec";

/**
 * Checks that a model's parts fit together, before anything is sized by it.
 *
 * @throws VALUE, SHAPE or LIMIT naming the part: widths that do not meet, a table that no feature reads
 *
 * ```ts doctest
 * import { checkModelSpec } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "adagrad", epsilon: 1e-10 },
 * } as const;
 * let message = "";
 * try {
 *   checkModelSpec({ ...spec, denseFeatures: 4 });
 * } catch (error) {
 *   message = error instanceof Error ? error.message : "";
 * }
 * message; // => "model spec: inputs of bottom[0] is 1, expected 4"
 * ```
 */
export function checkModelSpec(spec: ModelSpec): void {
  checkCount("denseFeatures", spec.denseFeatures, 1, MAX_COLS);
  checkCount("tables", spec.tables.length, 0, MAX_TABLES);
  checkCount("features", spec.features.length, 0, MAX_TABLES);
  checkStack("bottom", spec.bottom, spec.denseFeatures);
  spec.tables.forEach((table, t) => {
    checkCount(`tables[${t}].rows`, table.rows, 1, MAX_ROWS);
    checkCount(`tables[${t}].cols`, table.cols, 1, MAX_COLS);
    checkTableQuantization(table, `tables[${t}]`);
  });
  checkFeatures(spec);
  checkActivations(spec);
  checkInteraction(spec);
  checkRegularization(spec);
  checkStack("top", spec.top, interactionWidth(spec));
  const last = spec.top[spec.top.length - 1];
  checkEqual("outputs of the last top layer", last.outputs, 1);
  if (last.activation !== "none") {
    throw new DqrmError("VALUE", {
      op: OP,
      what: "activation of the last top layer",
      expected: "none",
      actual: last.activation,
    });
  }
}

/**
 * Counts the numbers that the interaction of a model gives to its top layers.
 *
 * @source facebookresearch/dlrm: dot gives D + S(S + 1)/2 for S sparse features, D + (S + 1)(S + 2)/2 with itself
 *
 * ```ts doctest
 * import { interactionWidth } from "@dqrm/core";
 * const layer = { activation: "relu" } as const;
 * const spec = {
 *   denseFeatures: 13,
 *   tables: [{ name: "shop", rows: 100, cols: 4, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "projected", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 13, outputs: 16, ...layer }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 17, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * interactionWidth(spec); // => 17
 * ```
 */
export function interactionWidth(spec: ModelSpec): number {
  const vectors = spec.features.length + 1;
  const { itself, kind } = spec.interaction;
  return interactionOutputs({ kind, itself, vectors, cols: vectorCols(spec) });
}

function checkStack(name: string, layers: readonly LayerSpec[], inputs: number): void {
  checkCount(`${name} layers`, layers.length, 1, MAX_LAYERS);
  let width = inputs;
  layers.forEach((layer, k) => {
    checkEqual(`inputs of ${name}[${k}]`, layer.inputs, width);
    checkCount(`outputs of ${name}[${k}]`, layer.outputs, 1, MAX_COLS);
    width = layer.outputs;
  });
}
