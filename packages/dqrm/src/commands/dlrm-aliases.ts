import { parseLayerSizes } from "@dqrm/dlrm";
import { UsageError } from "../terminal/report-error.ts";

/** Sets one value of the configuration by its dotted path. */
export type Assignment = readonly [path: string, text: string];

/** Translates one flag of facebookresearch/dlrm; `value` names its argument, undefined for a switch. */
export interface FlagAlias {
  readonly flag: string;
  readonly value: string | undefined;
  readonly assignments: (text: string) => readonly Assignment[];
}

const to =
  (path: string): FlagAlias["assignments"] =>
  (text) => [[path, text]];

const sizes = (text: string): string => JSON.stringify(text.split("-").map(Number));

const choice =
  (flag: string, path: string, choices: Readonly<Record<string, string>>): FlagAlias["assignments"] =>
  (text) => {
    if (!Object.hasOwn(choices, text)) {
      throw new UsageError(`${flag} is "${text}", expected ${Object.keys(choices).join(", ")}`);
    }
    return [[path, choices[text]]];
  };

/**
 * Lists the flags of facebookresearch/dlrm that `dqrm train` takes, with what they set here.
 *
 * @source facebookresearch/dlrm dlrm_s_pytorch.py, argument names and meanings
 */
export const DLRM_ALIASES: readonly FlagAlias[] = [
  {
    flag: "--arch-mlp-bot",
    value: "sizes",
    assignments: (text) => [["model.bottom", JSON.stringify(parseLayerSizes("--arch-mlp-bot", text).sizes)]],
  },
  { flag: "--arch-mlp-top", value: "sizes", assignments: (text) => [["model.top", sizes(text)]] },
  { flag: "--arch-sparse-feature-size", value: "cols", assignments: to("model.embeddingDim") },
  {
    flag: "--arch-interaction-op",
    value: "op",
    assignments: choice("--arch-interaction-op", "model.interaction", { dot: "dot", cat: "cat" }),
  },
  {
    flag: "--arch-interaction-itself",
    value: undefined,
    assignments: () => [["model.interactionItself", "true"]],
  },
  { flag: "--mini-batch-size", value: "samples", assignments: to("training.batchSize") },
  { flag: "--test-mini-batch-size", value: "samples", assignments: to("training.evaluationBatchSize") },
  { flag: "--nepochs", value: "epochs", assignments: to("training.epochs") },
  { flag: "--test-freq", value: "steps", assignments: to("training.evaluateEverySteps") },
  { flag: "--learning-rate", value: "rate", assignments: to("learningRate.base") },
  { flag: "--lr-num-warmup-steps", value: "steps", assignments: to("learningRate.warmupSteps") },
  { flag: "--lr-decay-start-step", value: "step", assignments: to("learningRate.decayStartStep") },
  { flag: "--lr-num-decay-steps", value: "steps", assignments: to("learningRate.decaySteps") },
  {
    flag: "--loss-function",
    value: "name",
    assignments: choice("--loss-function", "loss.kind", { bce: "bce", mse: "mse", wbce: "wbce" }),
  },
  {
    flag: "--loss-weights",
    value: "w0-w1",
    assignments: (text) => [["loss.weights", JSON.stringify(text.split("-").map(Number))]],
  },
  { flag: "--loss-threshold", value: "threshold", assignments: to("loss.threshold") },
  {
    flag: "--round-targets",
    value: "boolean",
    assignments: (text) => [["loss.roundTargets", text.toLowerCase()]],
  },
  {
    flag: "--optimizer",
    value: "name",
    assignments: choice("--optimizer", "optimizer.kind", {
      sgd: "sgd",
      adagrad: "adagrad",
      rwsadagrad: "rowwise-adagrad",
    }),
  },
  {
    flag: "--max-ind-range",
    value: "rows",
    assignments: (text) => [["data.categories.maxIndexRange", text === "-1" ? "0" : text]],
  },
  { flag: "--data-sub-sample-rate", value: "rate", assignments: to("data.dropNegatives") },
  {
    flag: "--weighted-pooling",
    value: "kind",
    assignments: choice("--weighted-pooling", "model.poolingWeights", { fixed: "fixed", learned: "learned" }),
  },
  { flag: "--qr-flag", value: undefined, assignments: () => [["model.quotientRemainder.enabled", "true"]] },
  { flag: "--qr-threshold", value: "rows", assignments: to("model.quotientRemainder.threshold") },
  { flag: "--qr-collisions", value: "rows", assignments: to("model.quotientRemainder.collisions") },
  {
    flag: "--qr-operation",
    value: "op",
    assignments: choice("--qr-operation", "model.quotientRemainder.combine", {
      mult: "mult",
      add: "add",
      concat: "concat",
    }),
  },
  { flag: "--md-flag", value: undefined, assignments: () => [["model.mixedDimensions.enabled", "true"]] },
  { flag: "--md-threshold", value: "rows", assignments: to("model.mixedDimensions.threshold") },
  { flag: "--md-temperature", value: "exponent", assignments: to("model.mixedDimensions.temperature") },
  {
    flag: "--md-round-dims",
    value: undefined,
    assignments: () => [["model.mixedDimensions.roundDims", "true"]],
  },
];

/**
 * Translates the dlrm flags among a command's options to assignments, in the order of {@link DLRM_ALIASES}.
 *
 * @shape options: as commander names them, camelCase
 * A value without a counterpart here is a UsageError.
 */
export function aliasAssignments(
  options: Readonly<Record<string, string | boolean | undefined>>,
): readonly Assignment[] {
  return DLRM_ALIASES.flatMap(({ assignments, flag }) => {
    const value = options[camelCase(flag)];
    return value === undefined ? [] : assignments(String(value));
  });
}

function camelCase(flag: string): string {
  return flag.replace(/^--/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
