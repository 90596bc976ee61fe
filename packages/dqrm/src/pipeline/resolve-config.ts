import { readFile } from "node:fs/promises";
import { DqrmError, parseJson } from "@dqrm/core";
import { parseConfig, presets, setConfigValues, type DlrmConfig } from "@dqrm/dlrm";
import type { Assignment } from "../commands/dlrm-aliases.ts";
import { UsageError } from "../terminal/report-error.ts";
import { readFailure } from "./read-failure.ts";

/**
 * Resolves a preset's name or a configuration file, and then the assignments, to one configuration.
 *
 * @throws CONFIG naming the wrong value; IO when the file cannot be read
 */
export async function resolveConfig(preset: string, assignments: readonly Assignment[]): Promise<DlrmConfig> {
  const base = await loadPreset(preset);
  return assignments.length === 0 ? base : setConfigValues(base, assignments);
}

async function loadPreset(preset: string): Promise<DlrmConfig> {
  const named = Object.entries(presets).find(([name]) => name === preset);
  if (named !== undefined) return named[1];
  if (!/[./\\]/.test(preset)) {
    const expected = `${Object.keys(presets).join(", ")} or a JSON file`;
    const actual = `"${preset}"`;
    throw new DqrmError("CONFIG", { source: "command line", path: "--preset", expected, actual });
  }
  const text = await readFile(preset, "utf8").catch((cause: unknown) => {
    throw readFailure(preset, "a configuration file", cause);
  });
  return parseConfig(preset, parseJson(preset, text));
}

/** Reads `key=value` of `--set`; anything else is a UsageError. */
export function parseAssignment(text: string): Assignment {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new UsageError(`--set is "${text}", expected key=value, as training.batchSize=128`);
  }
  return [text.slice(0, at), text.slice(at + 1)];
}
