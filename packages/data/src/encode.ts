import { DqrmError } from "@dqrm/core";
import { checkNumber } from "./check.ts";
import type { EncodedDataset } from "./dataset.ts";
import { memoryDataset, type MemoryColumn } from "./memory-dataset.ts";
import type { Preprocessing } from "./preprocessing.ts";
import { prepareRowEncoder, type EncodedRows } from "./row-encoder.ts";
import type { DataSource } from "./source.ts";

/** Sets how much memory encoded samples may take. */
export interface EncodeOptions {
  /** More bytes of samples than this are an error that advises a file. */
  readonly maxMemoryBytes: number;
  readonly signal?: AbortSignal;
}

function rowBytes(rows: EncodedRows): number {
  const columns = rows.columns.reduce(
    (sum, { indices, offsets }) => sum + indices.length + (offsets?.length ?? 0),
    0,
  );
  return 4 * (rows.dense.length + rows.labels.length + columns) + 8 * (rows.timestamps?.length ?? 0);
}

function joinFloats(pieces: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function joinColumn(pieces: readonly MemoryColumn[], samples: number, bagged: boolean): MemoryColumn {
  const indices = new Int32Array(pieces.reduce((sum, piece) => sum + piece.indices.length, 0));
  const offsets = new Int32Array(bagged ? samples + 1 : 0);
  let at = 0;
  let sample = 0;
  for (const piece of pieces) {
    indices.set(piece.indices, at);
    if (piece.offsets !== undefined) {
      for (let i = 1; i < piece.offsets.length; i++) offsets[++sample] = at + piece.offsets[i];
    }
    at += piece.indices.length;
  }
  return bagged ? { indices, offsets } : { indices };
}

/** Counts samples under their section; sections before it that have none count 0. */
export function addToSections(sections: number[], section: number, samples: number): void {
  while (sections.length <= section) sections.push(0);
  sections[section] += samples;
}

/**
 * Encodes a source into memory, in the order of its rows.
 *
 * @throws LIMIT when the samples need more than maxMemoryBytes; CONFIG when the source has other columns than the
 *   preprocessing was fitted on; DATA for a value that it refuses; whatever the source throws
 * @cost one pass; twice the bytes of the samples for a moment
 *
 * ```ts doctest
 * import { csvRowsSource, encode, fitPreprocessing, inferSchema, RECOMMENDED_FIT } from "@dqrm/data";
 * const text = "click,shop\n1,a\n0,b\n0,a\n";
 * const input = { name: "log.csv", async *open() { yield new TextEncoder().encode(text); } };
 * const source = csvRowsSource([input], await inferSchema(input, {}));
 * const preprocessing = await fitPreprocessing(source, RECOMMENDED_FIT);
 * (await encode(source, preprocessing, { maxMemoryBytes: 1e9 })).samples; // => 3
 * ```
 */
export async function encode(
  source: DataSource,
  preprocessing: Preprocessing,
  options: EncodeOptions,
): Promise<EncodedDataset> {
  checkNumber("encode", "maxMemoryBytes", options.maxMemoryBytes, [0, Number.MAX_SAFE_INTEGER]);
  const encoder = prepareRowEncoder(preprocessing, source.schema, source.name);
  const pieces: EncodedRows[] = [];
  const sections: number[] = [];
  let bytes = 0;
  for await (const chunk of source.rows(options.signal === undefined ? {} : { signal: options.signal })) {
    const rows = encoder.encode(chunk);
    bytes += rowBytes(rows);
    if (bytes > options.maxMemoryBytes) {
      throw new DqrmError("LIMIT", {
        what: `bytes of the samples of ${source.name} (encode them to a file instead)`,
        limit: "maxMemoryBytes",
        maximum: options.maxMemoryBytes,
        actual: bytes,
      });
    }
    pieces.push(rows);
    addToSections(sections, rows.section, rows.size);
  }
  const labels = joinFloats(pieces.map((piece) => piece.labels));
  const { bagged } = encoder;
  const times = pieces.flatMap(({ timestamps }) => (timestamps === undefined ? [] : [...timestamps]));
  return memoryDataset({
    denseFeatures: encoder.denseFeatures,
    features: encoder.features,
    dense: joinFloats(pieces.map((piece) => piece.dense)),
    labels,
    columns: bagged.map((bag, f) =>
      joinColumn(
        pieces.map(({ columns }) => columns[f]),
        labels.length,
        bag,
      ),
    ),
    sections,
    ...(times.length > 0 ? { timestamps: Float64Array.from(times) } : {}),
  });
}
