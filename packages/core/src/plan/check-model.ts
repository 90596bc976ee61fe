import { DqrmError } from "../errors.ts";
import { MAX_COLS, MAX_ROWS } from "../format/row-format.ts";
import { interactionOutputs } from "../reference/interaction.ts";
import { checkCount } from "./check-count.ts";
import { checkActivations, checkInteraction, checkRegularization } from "./check-layers.ts";
import { vectorCols } from "./model-state.ts";
import type { FeatureSpec, LayerSpec, ModelSpec } from "./model-spec.ts";
import { checkTableQuantization } from "./quantizer/check-quantization.ts";

/** A model with more tables or features than this is a mistake or an attack. */
export const MAX_TABLES: number = 1 << 14;

/** A stack with more layers than this is a mistake or an attack. */
export const MAX_LAYERS = 256;

const OP = "model spec";

/**
 * Checks that a model's parts fit together, before anything is sized by it.
 *
 * @throws VALUE, SHAPE or LIMIT naming the part: widths that do not meet, a table that no feature or two features read
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
  expectEqual("outputs of the last top layer", last.outputs, 1);
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

function checkFeatures(spec: ModelSpec): void {
  const readers = new Array<number>(spec.tables.length).fill(0);
  const cols = vectorCols(spec);
  spec.features.forEach((feature, f) => {
    for (const table of featureTables(feature)) {
      checkCount(`features[${f}] table`, table, 0, spec.tables.length - 1);
      readers[table]++;
    }
    if (feature.kind === "projected") return;
    expectEqual(`width of features[${f}]`, featureCols(spec, feature), cols);
    if (feature.kind === "quotient-remainder") checkQuotientRemainder(spec, feature, f);
  });
  readers.forEach((count, t) => {
    expectEqual(`features that read tables[${t}]`, count, 1);
  });
}

function checkQuotientRemainder(
  spec: ModelSpec,
  feature: FeatureSpec & { kind: "quotient-remainder" },
  f: number,
): void {
  const { collisions, combine, quotient, remainder } = feature;
  checkCount(`features[${f}].collisions`, collisions, 1, spec.tables[remainder].rows);
  if (combine !== "concat") {
    expectEqual(`width of features[${f}] remainder`, spec.tables[remainder].cols, spec.tables[quotient].cols);
  }
}

/**
 * Lists the tables that a feature reads.
 *
 * ```ts doctest
 * import { featureTables } from "@dqrm/core";
 * featureTables({ kind: "table", table: 3, pooling: "sum" }); // => [3]
 * ```
 */
export function featureTables(feature: FeatureSpec): readonly number[] {
  return feature.kind === "quotient-remainder" ? [feature.quotient, feature.remainder] : [feature.table];
}

function featureCols(spec: ModelSpec, feature: Exclude<FeatureSpec, { kind: "projected" }>): number {
  if (feature.kind === "table") return spec.tables[feature.table].cols;
  const { cols } = spec.tables[feature.quotient];
  return feature.combine === "concat" ? cols + spec.tables[feature.remainder].cols : cols;
}

function checkStack(name: string, layers: readonly LayerSpec[], inputs: number): void {
  checkCount(`${name} layers`, layers.length, 1, MAX_LAYERS);
  let width = inputs;
  layers.forEach((layer, k) => {
    expectEqual(`inputs of ${name}[${k}]`, layer.inputs, width);
    checkCount(`outputs of ${name}[${k}]`, layer.outputs, 1, MAX_COLS);
    width = layer.outputs;
  });
}

function expectEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) {
    throw new DqrmError("VALUE", { op: OP, what, expected: String(expected), actual: String(actual) });
  }
}
