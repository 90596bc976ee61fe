import { DqrmError, parseJson, type ModelSpec, type RowFormat } from "@dqrm/core";
import { parseModelSpec } from "./spec-reader.ts";

/** Names the layout of a packed model's tensors. */
export const PACKED_FORMAT = "dqrm-packed-model";

/** Names the layout of a checkpoint's parameter tensors. */
export const MASTERS_FORMAT = "dqrm-checkpoint-model";

/** Names the layout of a checkpoint's optimizer tensors. */
export const OPTIMIZER_FORMAT = "dqrm-checkpoint-optimizer";

/** Names the layout of the tensors of a checkpoint's best weights. */
export const SNAPSHOT_FORMAT = "dqrm-checkpoint-best";

/** Raised when tensors or metadata change their meaning; a reader refuses every other number. */
export const MODEL_FILE_VERSION = 1;

/** Starts the metadata keys that say how the codes of a part are packed. */
export const ROWS_KEY = "dqrm.rows.";

const SPEC_KEY = "dqrm.spec";

/**
 * Builds the metadata that every file with a model carries: format, version and the model's description.
 *
 * @throws CONFIG, VALUE or LIMIT as parseModelSpec: what could not be read again is not written
 */
export function modelMetadata(format: string, spec: ModelSpec): Record<string, string> {
  const description = JSON.stringify(parseModelSpec("model spec", spec));
  return { format, version: String(MODEL_FILE_VERSION), [SPEC_KEY]: description };
}

/**
 * Writes how a part is packed, for the metadata under {@link ROWS_KEY} and the part's name.
 */
export function describeRows({ bits, cols, granularity, scheme }: RowFormat, rows: number): string {
  return JSON.stringify({ bits, rows, cols, scheme, granularity });
}

/**
 * Checks the format and version that a file's metadata name, and reads the model's description.
 *
 * @throws FORMAT when the file is of another kind or version; CONFIG, VALUE or LIMIT as parseModelSpec
 */
export function readModelMetadata(
  source: string,
  format: string,
  metadata: ReadonlyMap<string, string>,
): ModelSpec {
  expectEntry(source, "format", format, metadata);
  expectEntry(source, "version", String(MODEL_FILE_VERSION), metadata);
  const place = `${source} metadata ${SPEC_KEY}`;
  return parseModelSpec(place, parseJson(place, metadata.get(SPEC_KEY) ?? "null"));
}

function expectEntry(
  source: string,
  key: string,
  expected: string,
  metadata: ReadonlyMap<string, string>,
): void {
  const actual = metadata.get(key);
  if (actual === expected) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: 0,
    expected: `metadata ${key} ${JSON.stringify(expected)}`,
    actual: actual === undefined ? "none" : JSON.stringify(actual),
  });
}
