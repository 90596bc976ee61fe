import { gradientPresets, type GradientCodingConfig, type GradientPresetName } from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";

/** Gives the assignments of a preset of gradients, for so many parts of a batch. */
export function presetGradients(preset: GradientPresetName, shards: number): readonly Assignment[] {
  const { errorFeedback, layers, rows } = gradientPresets[preset];
  return gradientAssignments({ rows, layers, errorFeedback }, shards);
}

/** Says how gradients of rows and layers travel. */
export interface GradientChoice {
  readonly rows: GradientCodingConfig;
  readonly layers: GradientCodingConfig;
  readonly errorFeedback: boolean;
}

/** Gives the assignments of a choice of codings, for so many parts of a batch. */
export function gradientAssignments(choice: GradientChoice, shards: number): readonly Assignment[] {
  return [
    ["gradients.shards", String(shards)],
    ["gradients.rows", JSON.stringify(choice.rows)],
    ["gradients.layers", JSON.stringify(choice.layers)],
    ["gradients.errorFeedback", String(choice.errorFeedback)],
  ];
}

/** Sends values as they are. */
export const FLOATS: GradientCodingConfig = gradientPresets.float32.rows;

/** Sends codes to nearest with one scale for a parameter, as the paper does, but with a scale of each sender's own. */
export function naive(values: "int16" | "int8" | "int4"): GradientCodingConfig {
  return { ...FLOATS, values, entropy: true };
}
