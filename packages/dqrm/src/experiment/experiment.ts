import type { PresetName } from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";
import type { PostTrainingName } from "../study/post-training.ts";

/** Describes one variant of an experiment: the preset with some values replaced. */
export interface ExperimentVariant {
  /** Unique in its experiment, without a comma. */
  readonly name: string;
  readonly assignments: readonly Assignment[];
  /** Quantizes the selected model after training in this way; absent: the model stays as it was trained. */
  readonly postTraining?: PostTrainingName;
  /** What the source gives for it, one text for each of the experiment's paper columns; absent where it gives none. */
  readonly paper?: readonly string[];
}

/** Names data that an experiment runs on. */
export interface ExperimentData {
  readonly name: string;
  /** Address of generated data without its rows and seed, or the path of files. */
  readonly address: string;
}

/**
 * Names what a report shows besides the metrics and curves.
 *
 * size: bytes of the packed model; speed: milliseconds a step; codes: the share of weights that are code zero;
 * messages: bytes of the gradients of one part of a batch; target: steps until the validation AUC comes within `targetDistance` of the best of the first variant.
 */
export type ReportPart = "size" | "speed" | "codes" | "messages" | "target";

/** Describes an experiment as data; the first variant is the one that the others are compared with. */
export interface Experiment {
  readonly title: string;
  /** What of the paper it repeats. */
  readonly source: string;
  /** What the paper, or our own record, says will happen. */
  readonly expectation: string;
  /** The configuration that variants start from: on generated data, and on files. */
  readonly presets: { readonly generated: PresetName; readonly files: PresetName };
  /** Values that all variants share. */
  readonly assignments: readonly Assignment[];
  /** Values that they share on generated data, which are shorter than those of the paper. */
  readonly generatedAssignments: readonly Assignment[];
  readonly variants: readonly ExperimentVariant[];
  /** What it runs on when the call names nothing. */
  readonly data: readonly ExperimentData[];
  /** Samples of generated data. */
  readonly rows: number;
  readonly seeds: number;
  /** Epochs on generated data. */
  readonly epochs: number;
  /** Epochs on files; null takes those of the configuration, as the paper's five. */
  readonly fileEpochs: number | null;
  readonly paperColumns: readonly string[];
  readonly parts: readonly ReportPart[];
  /** Read with part "target" only. */
  readonly targetDistance: number;
  /** The paper's data whose rows the size is computed for as well; null for none. */
  readonly trueShape: "kaggle" | "terabyte" | null;
}

/** Holds what most experiments have in common: the demo's model on planted data, three seeds. */
export const PLANTED_EXPERIMENT: Omit<Experiment, "title" | "source" | "expectation" | "variants"> = {
  presets: { generated: "demo", files: "kaggle" },
  assignments: [["quantization.mlp.bits", "32"]],
  generatedAssignments: [],
  data: [{ name: "planted", address: "synthetic:planted" }],
  rows: 360_000,
  seeds: 3,
  epochs: 9,
  fileEpochs: null,
  paperColumns: [],
  parts: [],
  targetDistance: 0,
  trueShape: null,
};
