import { DqrmError } from "@dqrm/core";
import type { EncodedFeature } from "./dataset.ts";
import { prepareRowLookup, type RowLookup } from "./feature-rows.ts";
import type { MemoryColumn } from "./memory-dataset.ts";
import { denseNames, featureRows, type DenseEncoding, type Preprocessing } from "./preprocessing.ts";
import { columnNames, type DatasetSchema } from "./schema.ts";
import { badLine, type RowChunk } from "./source.ts";

/** Holds the samples of one chunk. */
export interface EncodedRows {
  readonly size: number;
  readonly section: number;
  readonly dense: Float32Array;
  readonly labels: Float32Array;
  readonly columns: readonly MemoryColumn[];
  readonly timestamps: Float64Array | undefined;
}

/** Turns chunks of rows into samples. */
export interface RowEncoder {
  readonly denseFeatures: number;
  readonly features: readonly EncodedFeature[];
  /** For each feature, whether a sample may have any number of indices rather than exactly one. */
  readonly bagged: readonly boolean[];
  encode(chunk: RowChunk): EncodedRows;
}

function encodeDense(chunk: RowChunk, encodings: readonly DenseEncoding[], width: number): Float32Array {
  const dense = new Float32Array(chunk.size * width);
  const columns = encodings.length;
  for (let row = 0; row < chunk.size; row++) {
    let flag = row * width + columns;
    for (let d = 0; d < columns; d++) {
      const { transform, mean, deviation, missingFlag } = encodings[d];
      const value = chunk.numeric[row * columns + d];
      const missing = Number.isNaN(value);
      const plain = transform === "log1p" ? Math.log1p(Math.max(value, 0)) : value;
      const encoded = Math.fround((plain - mean) / deviation);
      if (!missing && !Number.isFinite(encoded)) {
        const place = { file: chunk.file, line: chunk.lines[row], column: 0 };
        throw badLine(place, `${encodings[d].column} within the range of 32-bit floats`, String(value));
      }
      dense[row * width + d] = missing ? 0 : encoded;
      if (missingFlag) dense[flag++] = missing ? 1 : 0;
    }
  }
  return dense;
}

function encodeColumn(chunk: RowChunk, f: number, column: string, lookup: RowLookup): MemoryColumn {
  const values = chunk.categories[f];
  const offsets = values.kind === "text" ? values.offsets : undefined;
  const indices = new Int32Array(offsets === undefined ? chunk.size : offsets[chunk.size]);
  for (let row = 0, i = 0; row < chunk.size; row++) {
    const end = offsets === undefined ? row + 1 : offsets[row + 1];
    for (; i < end; i++) {
      const index =
        values.kind === "codes" ? lookup.ofCode(values.values[i]) : lookup.ofText(values.values[i]);
      if (index < 0) {
        const value = values.kind === "codes" ? values.values[i].toString(16) : values.values[i].slice(0, 80);
        const place = { file: chunk.file, line: chunk.lines[row], column: 0 };
        throw badLine(place, `a value of ${column} that fitting saw`, JSON.stringify(value));
      }
      indices[i] = index;
    }
  }
  return offsets === undefined ? { indices } : { indices, offsets: offsets.slice(0, chunk.size + 1) };
}

function checkSchema(preprocessing: Preprocessing, actual: DatasetSchema, name: string): void {
  const { schema } = preprocessing;
  const describe = ({ format, columns }: DatasetSchema): string => {
    const used = columns.filter(
      ({ kind }) => kind === "numeric" || kind === "categorical" || kind === "multi",
    );
    return `${format.kind}: ${used.map((c) => `${c.name} ${c.kind}${c.separator ?? ""}`).join(", ")}`;
  };
  if (describe(schema) === describe(actual)) return;
  const details = { source: name, path: "columns", expected: describe(schema), actual: describe(actual) };
  throw new DqrmError("CONFIG", details);
}

/**
 * Prepares the encoder of a source's rows.
 *
 * @throws CONFIG when the source has other columns than the preprocessing was fitted on; its `encode` throws DATA
 *   with the line of a value that the preprocessing refuses
 */
export function prepareRowEncoder(
  preprocessing: Preprocessing,
  schema: DatasetSchema,
  name: string,
): RowEncoder {
  checkSchema(preprocessing, schema, name);
  const { dense, features } = preprocessing;
  const denseFeatures = denseNames(preprocessing).length;
  const lookups = features.map(prepareRowLookup);
  const multi = new Set(columnNames(schema, "multi"));
  return {
    denseFeatures,
    features: features.map((encoding) => ({ name: encoding.column, rows: featureRows(encoding) })),
    bagged: features.map(({ column }) => multi.has(column)),
    encode: (chunk) => ({
      size: chunk.size,
      section: chunk.section,
      dense: encodeDense(chunk, dense, denseFeatures),
      labels: Float32Array.from(chunk.labels.subarray(0, chunk.size)),
      columns: lookups.map((lookup, f) => encodeColumn(chunk, f, features[f].column, lookup)),
      timestamps: chunk.timestamps?.slice(0, chunk.size),
    }),
  };
}
