import { parseJson } from "@dqrm/core";
import { decodeCodes } from "./code-text.ts";
import { MAX_CODES } from "./code-index.ts";
import {
  jsonError,
  memberOf,
  readArray,
  readBoolean,
  readChoice,
  readInteger,
  readNumber,
  readObject,
  readString,
  type JsonPlace,
} from "./json-reader.ts";
import { MAX_COLUMNS, MAX_TABLE_ROWS } from "./limits.ts";
import { columnNames, readSchema, type DatasetSchema } from "./schema.ts";

/**
 * Turns one numeric column into a dense feature, and perhaps a second one that flags missing values.
 *
 * @units (t(x) − mean) / deviation with t(x) = x or ln(1 + max(x, 0)); a missing value gives 0
 */
export interface DenseEncoding {
  readonly column: string;
  readonly transform: "none" | "log1p";
  readonly mean: number;
  readonly deviation: number;
  readonly missingFlag: boolean;
}

/**
 * Turns the values of one categorical column into rows.
 *
 * vocabulary: each value it lists has a row in the order listed; with unknown "row", row 0 serves all other values
 * and the listed ones begin at row 1; with "refuse", other values are an error. hash: any value, to `rows` rows.
 * modulo: the code modulo `rows`, a missing value counting as code 0.
 */
export type FeatureEncoding =
  | {
      readonly kind: "vocabulary";
      readonly column: string;
      readonly unknown: "row" | "refuse";
      /** Codes are taken modulo this first; 0: they are not. */
      readonly modulo: number;
      /** own: a missing value is a value like others; zero: it counts as code 0, as in facebookresearch/dlrm. */
      readonly missing: "own" | "zero";
      readonly values: VocabularyValues;
    }
  | {
      readonly kind: "hash";
      readonly column: string;
      readonly rows: number;
      readonly seed: number;
      /** Codes are taken modulo this first; 0: they are not. */
      readonly modulo: number;
    }
  | { readonly kind: "modulo"; readonly column: string; readonly rows: number };

/**
 * Lists the values of a vocabulary. text: as they are, the empty text standing for a missing value; codes: as
 * `encodeCodes` writes them, with the position of the missing value among them or -1 (its own code is then void).
 */
export type VocabularyValues =
  | { readonly kind: "text"; readonly list: readonly string[] }
  | { readonly kind: "codes"; readonly list: string; readonly missing: number };

/** Turns rows into samples: fitted once, saved with the model as JSON, and reused for every prediction. */
export interface Preprocessing {
  readonly version: 1;
  readonly schema: DatasetSchema;
  /** One for each numeric column, in file order. */
  readonly dense: readonly DenseEncoding[];
  /** One for each categorical or multi-valued column, in file order. */
  readonly features: readonly FeatureEncoding[];
}

/** The seed of a hash is any 32-bit word, signed or not. */
const SEEDS = [-(2 ** 31), 2 ** 32 - 1] as const;

function readDense(place: JsonPlace, value: unknown): DenseEncoding {
  const members = readObject(place, value, ["column", "transform", "mean", "deviation", "missingFlag"]);
  const at = (key: string): [JsonPlace, unknown] => [memberOf(place, key), members.get(key)];
  return {
    column: readString(...at("column")),
    transform: readChoice(...at("transform"), ["none", "log1p"]),
    mean: readNumber(...at("mean"), [-Number.MAX_VALUE, Number.MAX_VALUE]),
    deviation: readNumber(...at("deviation"), [Number.MIN_VALUE, Number.MAX_VALUE]),
    missingFlag: readBoolean(...at("missingFlag")),
  };
}

function readValues(place: JsonPlace, value: unknown): VocabularyValues {
  const members = readObject(place, value, ["kind", "list", "missing"]);
  const list = members.get("list");
  const at = memberOf(place, "list");
  if (readChoice(memberOf(place, "kind"), members.get("kind"), ["text", "codes"]) === "text") {
    const texts = readArray(at, list, MAX_CODES, readString);
    if (new Set(texts).size < texts.length) throw jsonError(at, "values that differ", "a repeated one");
    return { kind: "text", list: texts };
  }
  const text = readString(at, list);
  const codes = decodeCodes(text);
  if (codes === undefined) throw jsonError(at, "codes of six letters each", text);
  const missing = readInteger(memberOf(place, "missing"), members.get("missing"), [-1, codes.length - 1]);
  return { kind: "codes", list: text, missing };
}

function readFeature(place: JsonPlace, value: unknown): FeatureEncoding {
  const keys = ["kind", "column", "unknown", "modulo", "missing", "values", "rows", "seed"];
  const kind = readChoice(memberOf(place, "kind"), readObject(place, value, keys).get("kind"), [
    "vocabulary",
    "hash",
    "modulo",
  ]);
  const own = {
    vocabulary: ["unknown", "modulo", "missing", "values"],
    hash: ["rows", "seed", "modulo"],
    modulo: ["rows"],
  };
  const members = readObject(place, value, ["kind", "column", ...own[kind]]);
  const at = (key: string): [JsonPlace, unknown] => [memberOf(place, key), members.get(key)];
  const column = readString(...at("column"));
  if (kind === "vocabulary") {
    return {
      kind,
      column,
      unknown: readChoice(...at("unknown"), ["row", "refuse"]),
      modulo: readInteger(...at("modulo"), [0, MAX_TABLE_ROWS]),
      missing: readChoice(...at("missing"), ["own", "zero"]),
      values: readValues(...at("values")),
    };
  }
  const rows = readInteger(...at("rows"), [1, MAX_TABLE_ROWS]);
  if (kind === "modulo") return { kind, column, rows };
  const seed = readInteger(...at("seed"), SEEDS);
  return { kind, column, rows, seed, modulo: readInteger(...at("modulo"), [0, MAX_TABLE_ROWS]) };
}

function checkNames(place: JsonPlace, expected: readonly string[], actual: readonly string[]): void {
  if (expected.join("\n") === actual.join("\n")) return;
  throw jsonError(place, `the columns ${expected.join(", ")}`, actual.join(", "));
}

/**
 * Parses fitted preprocessing from JSON.
 *
 * @throws CONFIG naming the file and the path of an unknown key, a wrong value or a column that is not in the schema
 *
 * ```ts doctest
 * import { csvRowsSource, fitPreprocessing, inferSchema, parsePreprocessing, RECOMMENDED_FIT } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);
 * parsePreprocessing("preprocessing.json", JSON.stringify(preprocessing)).features[0].column; // => "shop"
 * ```
 */
export function parsePreprocessing(source: string, text: string): Preprocessing {
  const place = { source, path: "" };
  const members = readObject(place, parseJson(source, text), ["version", "schema", "dense", "features"]);
  const at = (key: string): [JsonPlace, unknown] => [memberOf(place, key), members.get(key)];
  readInteger(...at("version"), [1, 1]);
  const [densePlace, dense] = at("dense");
  const [featurePlace, features] = at("features");
  const preprocessing: Preprocessing = {
    version: 1,
    schema: readSchema(...at("schema")),
    dense: readArray(densePlace, dense, MAX_COLUMNS, readDense),
    features: readArray(featurePlace, features, MAX_COLUMNS, readFeature),
  };
  const { schema } = preprocessing;
  const names = (encodings: readonly { readonly column: string }[]): string[] =>
    encodings.map((e) => e.column);
  checkNames(densePlace, columnNames(schema, "numeric"), names(preprocessing.dense));
  checkNames(featurePlace, columnNames(schema, "categorical", "multi"), names(preprocessing.features));
  return preprocessing;
}

/**
 * Lists the names of the dense features: the numeric columns, then a flag for each one that has one.
 *
 * ```ts doctest
 * import { csvRowsSource, denseNames, fitPreprocessing, inferSchema, RECOMMENDED_FIT } from "@dqrm/data";
 * const text = "click,shop,price\n1,a,2.5\n0,b,\n0,a,4.5\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);
 * denseNames(preprocessing); // => ["price", "price missing"]
 * ```
 */
export function denseNames(preprocessing: Preprocessing): string[] {
  const flagged = preprocessing.dense.filter(({ missingFlag }) => missingFlag);
  return [
    ...preprocessing.dense.map(({ column }) => column),
    ...flagged.map(({ column }) => `${column} missing`),
  ];
}

/**
 * Counts the rows of a feature's table.
 *
 * ```ts doctest
 * import { featureRows } from "@dqrm/data";
 * featureRows({ kind: "hash", column: "shop", rows: 1000, seed: 0, modulo: 0 }); // => 1000
 * ```
 */
export function featureRows(encoding: FeatureEncoding): number {
  if (encoding.kind !== "vocabulary") return encoding.rows;
  const { values, unknown } = encoding;
  const listed = values.kind === "text" ? values.list.length : values.list.length / 6;
  return Math.max(1, listed + (unknown === "row" ? 1 : 0));
}
