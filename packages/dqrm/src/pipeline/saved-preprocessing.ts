import { DqrmError } from "@dqrm/core";
import { parsePreprocessing, type EncodedDataset, type EncodedFeature, type Preprocessing } from "@dqrm/data";

/** Describes generated inputs, which need no preprocessing; `preprocessing.json` of a model trained on them. */
export interface GeneratedPreprocessing {
  readonly version: 1;
  readonly kind: "generated";
  readonly denseFeatures: number;
  readonly features: readonly EncodedFeature[];
}

/** Holds what `preprocessing.json` says: how files become samples, or what a generator gave. */
export type SavedPreprocessing =
  | { readonly kind: "generated"; readonly generated: GeneratedPreprocessing }
  | { readonly kind: "fitted"; readonly preprocessing: Preprocessing };

/** Describes the inputs that a generator gives. */
export function generatedPreprocessing(dataset: EncodedDataset): GeneratedPreprocessing {
  const { denseFeatures, features } = dataset;
  return {
    version: 1,
    kind: "generated",
    denseFeatures,
    features: features.map(({ name, rows }) => ({ name, rows })),
  };
}

/**
 * Reads `preprocessing.json`.
 *
 * @throws CONFIG naming the wrong value
 */
export function readPreprocessing(source: string, json: unknown): SavedPreprocessing {
  const record = isRecord(json) ? json : {};
  if (record.kind !== "generated") {
    return { kind: "fitted", preprocessing: parsePreprocessing(source, JSON.stringify(json)) };
  }
  const { denseFeatures, features } = record;
  if (typeof denseFeatures !== "number" || !Array.isArray(features)) {
    throw new DqrmError("CONFIG", {
      source,
      path: "",
      expected: "denseFeatures and features of generated data",
      actual: Object.keys(record).join(", "),
    });
  }
  return {
    kind: "generated",
    generated: {
      version: 1,
      kind: "generated",
      denseFeatures,
      features: features.map((value: unknown, f) => readFeature(source, value, f)),
    },
  };
}

function readFeature(source: string, value: unknown, f: number): EncodedFeature {
  const { name, rows } = isRecord(value) ? value : {};
  if (typeof name === "string" && typeof rows === "number") return { name, rows };
  const [expected, actual] = ["a name and rows", JSON.stringify(value)];
  throw new DqrmError("CONFIG", { source, path: `features.${f}`, expected, actual });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/**
 * Checks that generated samples fit a model.
 *
 * @throws CONFIG when they have other features
 */
export function checkGenerated(url: string, expected: GeneratedPreprocessing, dataset: EncodedDataset): void {
  const shape = ({ denseFeatures, features }: Pick<EncodedDataset, "denseFeatures" | "features">): string =>
    `${denseFeatures} dense features and tables of ${features.map(({ rows }) => rows).join(", ")} rows`;
  if (shape(expected) === shape(dataset)) return;
  const facts = { path: "shape", expected: `${shape(expected)}, as the model has`, actual: shape(dataset) };
  throw new DqrmError("CONFIG", { source: url, ...facts });
}
