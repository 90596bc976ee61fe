import { DqrmError } from "@dqrm/core";
import type { PlantedOptions } from "./planted.ts";
import type { RandomDatasetOptions } from "./random-dataset.ts";

/** Says which generator a data address names, with its options. */
export type SyntheticData =
  | { readonly kind: "planted"; readonly options: PlantedOptions }
  | { readonly kind: "random"; readonly options: RandomDatasetOptions };

/** The length of the planted experiment when the address does not say: training, validation and test samples. */
const DEFAULT_ROWS = 360_000;

type Values = ReadonlyMap<string, string>;

function config(url: string, path: string, expected: string, actual: string): DqrmError<"CONFIG"> {
  return new DqrmError("CONFIG", { source: url, path, expected, actual });
}

function number(url: string, values: Values, key: string): number | undefined {
  const text = values.get(key);
  if (text === undefined) return undefined;
  if (/^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw config(url, key, "a number", JSON.stringify(text));
}

function list(url: string, values: Values, key: string): number[] | undefined {
  const text = values.get(key);
  if (text === undefined) return undefined;
  return text.split(",").map((part) => {
    if (/^\d+$/.test(part)) return Number(part);
    throw config(url, key, "row counts separated by commas", JSON.stringify(text));
  });
}

const PLANTED_NUMBERS = [
  "effectSeed",
  "alpha",
  "denseFeatures",
  "denseEffect",
  "effectDeviation",
  "latentLength",
  "latentDeviation",
  "interactionEffect",
  "intercept",
] as const;

function planted(url: string, values: Values): SyntheticData {
  const options: { -readonly [K in keyof PlantedOptions]: PlantedOptions[K] } = {
    rows: number(url, values, "rows") ?? DEFAULT_ROWS,
    seed: number(url, values, "seed") ?? 1,
  };
  for (const key of PLANTED_NUMBERS) {
    const value = number(url, values, key);
    if (value !== undefined) options[key] = value;
  }
  const tableRows = list(url, values, "tableRows");
  if (tableRows !== undefined) options.tableRows = tableRows;
  return { kind: "planted", options };
}

function random(url: string, values: Values): SyntheticData {
  const alpha = number(url, values, "alpha");
  const shared = {
    minIndices: number(url, values, "minIndices") ?? 1,
    maxIndices: number(url, values, "maxIndices") ?? number(url, values, "minIndices") ?? 1,
    distribution: alpha === undefined ? ({ kind: "uniform" } as const) : ({ kind: "zipf", alpha } as const),
  };
  return {
    kind: "random",
    options: {
      rows: number(url, values, "rows") ?? DEFAULT_ROWS,
      seed: number(url, values, "seed") ?? 1,
      denseFeatures: number(url, values, "denseFeatures") ?? 4,
      features: (list(url, values, "tableRows") ?? [1000, 1000, 1000]).map((rows) => ({ rows, ...shared })),
    },
  };
}

const SHARED_KEYS = ["rows", "seed", "tableRows", "denseFeatures", "alpha"];
const KEYS: Readonly<Record<SyntheticData["kind"], ReadonlySet<string>>> = {
  planted: new Set([...SHARED_KEYS, ...PLANTED_NUMBERS]),
  random: new Set([...SHARED_KEYS, "minIndices", "maxIndices"]),
};

/**
 * Reads an address of generated data: `synthetic:planted?rows=360000&seed=1` or `synthetic:random?...`, whose keys
 * are the fields of {@link PlantedOptions}, or rows, seed, denseFeatures, tableRows, alpha (Zipf), minIndices and
 * maxIndices. Anything that does not begin with `synthetic:` is a file and gives undefined.
 *
 * @throws CONFIG naming the unknown generator or key, or the value that is no number
 *
 * ```ts doctest
 * import { parseDataUrl } from "@dqrm/data";
 * parseDataUrl("synthetic:planted?rows=1000&seed=7");
 * // => { kind: "planted", options: { rows: 1000, seed: 7 } }
 * parseDataUrl("clicks.csv"); // => undefined
 * ```
 */
export function parseDataUrl(url: string): SyntheticData | undefined {
  if (!url.startsWith("synthetic:")) return undefined;
  const rest = url.slice("synthetic:".length);
  const mark = rest.indexOf("?");
  const kind = mark < 0 ? rest : rest.slice(0, mark);
  if (kind !== "planted" && kind !== "random") {
    throw config(url, "generator", "planted or random", JSON.stringify(kind));
  }
  const values = new Map<string, string>();
  for (const pair of mark < 0 ? [] : rest.slice(mark + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (!KEYS[kind].has(key)) throw config(url, key, `one of ${[...KEYS[kind]].join(", ")}`, "unknown");
    if (values.has(key)) throw config(url, key, "one value", "given twice");
    values.set(key, equals < 0 ? "" : pair.slice(equals + 1));
  }
  return kind === "planted" ? planted(url, values) : random(url, values);
}
