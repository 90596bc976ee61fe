import { DqrmError } from "@dqrm/core";
import { copyText } from "./cell-values.ts";
import { createCodeIndex, MAX_CODES } from "./code-index.ts";
import { encodeCodes } from "./code-text.ts";
import type { FeatureEncoding, VocabularyValues } from "./preprocessing.ts";
import type { CategoryValues } from "./source.ts";

/** Sets how categorical columns become rows of tables. */
export interface CategoryOptions {
  /**
   * vocabulary: a row for each value that training saw; hash: any value to hashRows rows, without a pass over the
   * values; modulo: the code modulo maxIndexRange, for Criteo codes only.
   */
  readonly kind: "vocabulary" | "hash" | "modulo";
  /** Values rarer than this share the out-of-vocabulary row; read with kind vocabulary only. */
  readonly minCount: number;
  /** Rows of each hashed table; read with kind hash only. */
  readonly hashRows: number;
  /** Codes are taken modulo this before anything else; 0: they are not. Texts have no number and stay as they are. */
  readonly maxIndexRange: number;
  /** row when absent: row 0 serves values that were not seen; refuse: they are an error and no row is spent. */
  readonly unknown?: "row" | "refuse";
  /** own when absent: a missing code has a row of its own; zero: it counts as code 0. */
  readonly missing?: "own" | "zero";
  /** More distinct values in a vocabulary than this are an error; as many as can be indexed when absent. */
  readonly maxValues?: number;
  /** Seeds the hash; 0 when absent. */
  readonly hashSeed?: number;
}

/** Maps of JavaScript hold no more; hashing serves such a feature. */
const MAX_TEXTS = (1 << 24) - 1;

/** Gathers the values of one categorical column; a later call settles its encoding. */
export interface FeatureFit {
  /** Adds the values of row `row` of a chunk. */
  add(values: CategoryValues, row: number): void;
  finish(): FeatureEncoding;
}

function checkCount(column: string, actual: number, maximum: number): void {
  if (actual <= maximum) return;
  const what = `number of distinct values of column ${column} (hashing needs no list of them)`;
  throw new DqrmError("LIMIT", { what, limit: "maxValues", maximum, actual });
}

function textFit(
  column: string,
  options: CategoryOptions,
): { add(text: string): void; values(): VocabularyValues } {
  const counts = new Map<string, number>();
  return {
    add(text) {
      const count = counts.get(text);
      counts.set(count === undefined ? copyText(text) : text, (count ?? 0) + 1);
      checkCount(column, counts.size, options.maxValues ?? MAX_TEXTS);
    },
    values() {
      const list = [...counts].filter(([, count]) => count >= options.minCount).map(([text]) => text);
      return { kind: "text", list };
    },
  };
}

function codeFit(
  column: string,
  options: CategoryOptions,
): { add(code: number): void; values(): VocabularyValues } {
  const index = createCodeIndex();
  let counts = new Uint32Array(1 << 8);
  const modulo = options.maxIndexRange;
  return {
    add(code) {
      const known = code < 0 && options.missing === "zero" ? 0 : code;
      const number = index.add(modulo > 0 && known >= 0 ? known % modulo : known);
      checkCount(column, index.size, options.maxValues ?? MAX_CODES);
      if (number >= counts.length) {
        const longer = new Uint32Array(2 * counts.length);
        longer.set(counts);
        counts = longer;
      }
      counts[number]++;
    },
    values() {
      const kept = index.codes().filter((_, number) => counts[number] >= options.minCount);
      return { kind: "codes", list: encodeCodes(Uint32Array.from(kept)), missing: kept.indexOf(-1) };
    },
  };
}

/** The encoding of a column that needs no pass over its values. */
function fixedEncoding(column: string, options: CategoryOptions): FeatureEncoding {
  const { hashRows, maxIndexRange, hashSeed } = options;
  if (options.kind === "modulo") return { kind: "modulo", column, rows: maxIndexRange };
  return { kind: "hash", column, rows: hashRows, seed: hashSeed ?? 0, modulo: maxIndexRange };
}

/**
 * Creates the fit of one column.
 *
 * @throws LIMIT, from `add`, when a vocabulary grows past maxValues, or past 2^26 codes or 2^24 texts
 */
export function createFeatureFit(column: string, options: CategoryOptions): FeatureFit {
  if (options.kind !== "vocabulary") {
    const encoding = fixedEncoding(column, options);
    return { add: () => undefined, finish: () => encoding };
  }
  const { maxIndexRange } = options;
  const texts = textFit(column, options);
  const codes = codeFit(column, options);
  let kind: CategoryValues["kind"] = "text";
  return {
    add(values, row) {
      kind = values.kind;
      if (values.kind === "codes") codes.add(values.values[row]);
      else if (values.offsets === undefined) texts.add(values.values[row]);
      else for (let i = values.offsets[row]; i < values.offsets[row + 1]; i++) texts.add(values.values[i]);
    },
    finish() {
      const values = kind === "codes" ? codes.values() : texts.values();
      const { unknown = "row", missing = "own" } = options;
      return { kind: "vocabulary", column, unknown, modulo: maxIndexRange, missing, values };
    },
  };
}
