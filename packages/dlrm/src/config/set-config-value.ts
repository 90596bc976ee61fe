import { DqrmError, parseJson } from "@dqrm/core";
import type { DlrmConfig } from "./dlrm-config.ts";
import { parseConfig } from "./parse-config.ts";
import { inside, isRecord, type Place } from "./read.ts";

/**
 * Gives a configuration with one value replaced, named by its dotted path, as `--set path=text` does.
 *
 * The text is read as JSON, and as plain text when it is no JSON; lists of layer sizes may be written 512-256-16.
 *
 * @throws CONFIG when no such key exists or the value does not fit
 *
 * ```ts doctest
 * import { presets, setConfigValue } from "@dqrm/dlrm";
 * setConfigValue(presets.kaggle, "quantization.tables.bits", "8").quantization.tables.bits; // => 8
 * setConfigValue(presets.kaggle, "model.top", "64-1").model.top; // => [64, 1]
 * ```
 */
export function setConfigValue(config: DlrmConfig, path: string, text: string): DlrmConfig {
  return setConfigValues(config, [[path, text]]);
}

/**
 * Gives a configuration with several values replaced, in order; only the result has to fit together.
 *
 * @throws CONFIG when no such key exists or the result does not fit
 *
 * ```ts doctest
 * import { presets, setConfigValues } from "@dqrm/dlrm";
 * const config = setConfigValues(presets.kaggle, [["model.embeddingDim", "8"], ["model.bottom", "64-8"]]);
 * config.model.bottom; // => [64, 8]
 * ```
 */
export function setConfigValues(
  config: DlrmConfig,
  assignments: readonly (readonly [path: string, text: string])[],
): DlrmConfig {
  let result: unknown = config;
  for (const [path, text] of assignments) {
    const value = path.startsWith("model.") && /^\d+(-\d+)+$/.test(text) ? text.split("-").map(Number) : text;
    result = replace(result, path.split("."), value, { source: "--set", path: "" });
  }
  return parseConfig("--set", result);
}

function replace(target: unknown, keys: readonly string[], value: string | number[], place: Place): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return typeof value === "string" ? plainOrJson(value) : value;
  const here = inside(place, key);
  if (!isRecord(target) || !Object.hasOwn(target, key)) {
    const known = isRecord(target)
      ? `one of the keys ${Object.keys(target).join(", ")}`
      : "no key below a value";
    throw new DqrmError("CONFIG", { ...here, expected: known, actual: "an unknown key" });
  }
  return { ...target, [key]: replace(target[key], rest, value, here) };
}

const JSON_VALUE = /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|[[{"].*|true|false|null)$/s;

function plainOrJson(text: string): unknown {
  return JSON_VALUE.test(text) ? parseJson("--set", text) : text;
}
