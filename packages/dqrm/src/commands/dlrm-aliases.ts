import { parseLayerSizes } from "@dqrm/dlrm";
import { UsageError } from "../terminal/report-error.ts";

/** Sets one value of the configuration by its dotted path. */
export type Assignment = readonly [path: string, text: string];

/** Translates one flag of facebookresearch/dlrm; `value` names its argument, undefined for a switch. */
export interface FlagAlias {
  readonly flag: string;
  readonly value: string | undefined;
  /** The value of the configuration that the flag sets. */
  readonly path: string;
  /** Gives the text that `--set` would take; a value without a counterpart is a UsageError. */
  readonly translate: (text: string) => string;
}

const same = (text: string): string => text;
const yes = (): string => "true";

const numbers =
  (flag: string, expected: string): FlagAlias["translate"] =>
  (text) => {
    if (!/^\d+(\.\d+)?(-\d+(\.\d+)?)*$/.test(text)) {
      throw new UsageError(`${flag} is "${text}", expected ${expected}`);
    }
    return JSON.stringify(text.split("-").map(Number));
  };

const choice =
  (flag: string, choices: Readonly<Record<string, string>>): FlagAlias["translate"] =>
  (text) => {
    if (!Object.hasOwn(choices, text)) {
      throw new UsageError(`${flag} is "${text}", expected ${Object.keys(choices).join(", ")}`);
    }
    return choices[text];
  };

function named(
  flag: string,
  value: string,
  path: string,
  translate: FlagAlias["translate"] = same,
): FlagAlias {
  return { flag, value, path, translate };
}

function chosen(flag: string, value: string, path: string, choices: readonly string[]): FlagAlias {
  return named(flag, value, path, choice(flag, Object.fromEntries(choices.map((name) => [name, name]))));
}

function toggle(flag: string, path: string): FlagAlias {
  return { flag, value: undefined, path, translate: yes };
}

/** The reference names the input first; here it follows from the data, and the command compares the two. */
const bottomSizes = (text: string): string => JSON.stringify(parseLayerSizes("--arch-mlp-bot", text).sizes);

const OPTIMIZERS = { sgd: "sgd", adagrad: "adagrad", rwsadagrad: "rowwise-adagrad" } as const;

/**
 * Lists the flags of facebookresearch/dlrm that `dqrm train` takes, with what they set here.
 *
 * @source facebookresearch/dlrm dlrm_s_pytorch.py, argument names and meanings
 */
export const DLRM_ALIASES: readonly FlagAlias[] = [
  named("--arch-mlp-bot", "sizes", "model.bottom", bottomSizes),
  named("--arch-mlp-top", "sizes", "model.top", numbers("--arch-mlp-top", "layer sizes as 512-256-1")),
  named("--arch-sparse-feature-size", "cols", "model.embeddingDim"),
  chosen("--arch-interaction-op", "op", "model.interaction", ["dot", "cat"]),
  toggle("--arch-interaction-itself", "model.interactionItself"),
  named("--mini-batch-size", "samples", "training.batchSize"),
  named("--test-mini-batch-size", "samples", "training.evaluationBatchSize"),
  named("--nepochs", "epochs", "training.epochs"),
  named("--test-freq", "steps", "training.evaluateEverySteps"),
  named("--learning-rate", "rate", "learningRate.base"),
  named("--lr-num-warmup-steps", "steps", "learningRate.warmupSteps"),
  named("--lr-decay-start-step", "step", "learningRate.decayStartStep"),
  named("--lr-num-decay-steps", "steps", "learningRate.decaySteps"),
  chosen("--loss-function", "name", "loss.kind", ["bce", "mse", "wbce"]),
  named("--loss-weights", "w0-w1", "loss.weights", numbers("--loss-weights", "two weights as 1.0-1.0")),
  named("--loss-threshold", "threshold", "loss.threshold"),
  named("--round-targets", "boolean", "loss.roundTargets", (text) => text.toLowerCase()),
  named("--optimizer", "name", "optimizer.kind", choice("--optimizer", OPTIMIZERS)),
  named("--max-ind-range", "rows", "data.categories.maxIndexRange", (text) => (text === "-1" ? "0" : text)),
  named("--data-sub-sample-rate", "rate", "data.dropNegatives"),
  chosen("--weighted-pooling", "kind", "model.poolingWeights", ["fixed", "learned"]),
  toggle("--qr-flag", "model.quotientRemainder.enabled"),
  named("--qr-threshold", "rows", "model.quotientRemainder.threshold"),
  named("--qr-collisions", "rows", "model.quotientRemainder.collisions"),
  chosen("--qr-operation", "op", "model.quotientRemainder.combine", ["mult", "add", "concat"]),
  toggle("--md-flag", "model.mixedDimensions.enabled"),
  named("--md-threshold", "rows", "model.mixedDimensions.threshold"),
  named("--md-temperature", "exponent", "model.mixedDimensions.temperature"),
  toggle("--md-round-dims", "model.mixedDimensions.roundDims"),
];

/** Options as commander names them, camelCase. */
type Options = Readonly<Record<string, unknown>>;

/**
 * Translates the dlrm flags among a command's options to assignments, in the order of {@link DLRM_ALIASES}.
 *
 * @shape options: as commander names them, camelCase
 * A value without a counterpart here is a UsageError.
 */
export function aliasAssignments(options: Options): readonly Assignment[] {
  return DLRM_ALIASES.flatMap(({ flag, path, translate }) => {
    const value = options[camelCase(flag)];
    if (typeof value !== "string" && value !== true) return [];
    return [[path, translate(value === true ? "true" : value)] as const];
  });
}

/** Gives the dense inputs that `--arch-mlp-bot` names before its layers; undefined without the flag. */
export function aliasInputs(options: Options): number | undefined {
  const { archMlpBot } = options;
  return typeof archMlpBot === "string" ? parseLayerSizes("--arch-mlp-bot", archMlpBot).inputs : undefined;
}

function camelCase(flag: string): string {
  return flag.replace(/^--/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
