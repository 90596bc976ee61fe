import type { GradientCodingConfig, GradientsConfig } from "./gradient-config.ts";
import { flag, integer, oneOf, real, record, type Reader } from "./read.ts";
import type { Refuse } from "./check-tables.ts";

/** As many as the header of a message can number. */
const MAX_SHARDS = 65_535;

const coding: Reader<GradientCodingConfig> = record({
  codec: oneOf("rows", "topk", "randomk", "lowrank", "meanscale"),
  values: oneOf("float32", "bfloat16", "float16", "int16", "int8", "int4", "ternary", "sign"),
  scale: oneOf("tensor", "row", "block"),
  blockValues: integer(16, 65_536),
  rounding: oneOf("nearest", "stochastic"),
  entropy: flag,
  share: real(Number.MIN_VALUE, 1),
  rank: integer(1, 64),
});

/** Reads how gradients travel. */
export const readGradients: Reader<GradientsConfig> = record({
  shards: integer(1, MAX_SHARDS),
  rows: coding,
  layers: coding,
  errorFeedback: flag,
  measureEntropy: flag,
});

/** Only between whole numbers of levels can a value be rounded at random. */
const LEVELS: readonly GradientCodingConfig["values"][] = ["int16", "int8", "int4", "ternary"];

/** Refuses codings whose parts do not fit together. */
export function checkGradients({ layers, rows }: GradientsConfig, refuse: Refuse): void {
  if (rows.codec === "lowrank") {
    refuse(
      "gradients.rows.codec",
      '"rows", "topk" or "randomk": rows of a table are no whole matrix',
      '"lowrank"',
    );
  }
  for (const [path, part] of [
    ["gradients.rows", rows],
    ["gradients.layers", layers],
  ] as const) {
    const { blockValues, codec, rounding, values } = part;
    if (codec === "lowrank" && values !== "float32" && values !== "bfloat16") {
      refuse(`${path}.values`, '"float32" or "bfloat16" with codec "lowrank"', `"${values}"`);
    }
    if (codec === "meanscale") checkMeanScale(path, part, refuse);
    if (rounding === "stochastic" && codec !== "randomk" && !LEVELS.includes(values)) {
      refuse(`${path}.rounding`, `"nearest" with values "${values}"`, '"stochastic"');
    }
    if (!Number.isInteger(Math.log2(blockValues))) {
      refuse(`${path}.blockValues`, "a power of two", String(blockValues));
    }
  }
}

function checkMeanScale(
  path: "gradients.rows" | "gradients.layers",
  { rounding, scale, values }: GradientCodingConfig,
  refuse: Refuse,
): void {
  const scales = path === "gradients.rows" ? ["tensor"] : ["tensor", "row"];
  for (const [key, actual, allowed] of [
    ["values", values, ["int8"]],
    ["rounding", rounding, ["nearest"]],
    ["scale", scale, scales],
  ] as const) {
    if (allowed.some((one) => one === actual)) continue;
    const names = allowed.map((one) => `"${one}"`).join(" or ");
    refuse(`${path}.${key}`, `${names} with codec "meanscale"`, `"${actual}"`);
  }
}
