import {
  ACTIVATION_RANGE,
  activationSites,
  hasBias,
  packedTableFormat,
  projectionLayers,
  rowBytes,
  scaleCount,
  type LayerSpec,
  type LinearQuantization,
  type ModelSpec,
  type TableSpec,
} from "@dqrm/core";

/** Holds the bytes of one embedding table as it is served. */
export interface TableBytes {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Bits of a weight; 32 for floats. */
  readonly bits: number;
  /** Packed codes, or floats; with the pooling weights. */
  readonly bytes: number;
  readonly scaleBytes: number;
}

/** Holds the bytes of a model as it is served, part by part. */
export interface ByteReport {
  readonly tables: readonly TableBytes[];
  /** All tables, without their scales. */
  readonly embeddings: number;
  /** All linear layers and projections, without their scales. */
  readonly mlp: number;
  /** The scales of tables and layers, and the ranges of activations. */
  readonly scales: number;
  /** What a file adds: headers, padding. */
  readonly headers: number;
  readonly total: number;
  /** The same model in 32-bit floats, without headers. */
  readonly float: number;
}

/** Bytes of one 32-bit float. */
const FLOAT_BYTES = 4;

/**
 * Counts the bytes of a model as it is served.
 *
 * @units embeddings + mlp + scales + headers = total
 *
 * ```ts doctest
 * import { buildModelSpec, byteReport, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.kaggle, { denseFeatures: 13, features: [{ name: "ad", rows: 1000 }] });
 * const { embeddings, tables } = byteReport(spec, 0);
 * [embeddings, tables[0].scaleBytes]; // => [8000, 4]
 * ```
 */
export function byteReport(spec: ModelSpec, headers: number): ByteReport {
  const tables = spec.tables.map(tableBytes);
  const layers = [...spec.bottom, ...spec.top].map((layer) => layerBytes(layer, spec.linearQuantization));
  const projections = sum(
    projectionLayers(spec).map(({ inputs, outputs }) => FLOAT_BYTES * inputs * outputs),
  );
  const embeddings = sum(tables.map(({ bytes }) => bytes));
  const mlp = sum(layers.map(({ bytes }) => bytes)) + projections;
  const ranges = FLOAT_BYTES * ACTIVATION_RANGE * activationSites(spec).length;
  const scales = sum([...tables, ...layers].map(({ scaleBytes }) => scaleBytes)) + ranges;
  const floatLayers = [...spec.bottom, ...spec.top].map(floatLayerBytes);
  const float = sum(spec.tables.map(floatTableBytes)) + sum(floatLayers) + projections;
  return { tables, embeddings, mlp, scales, headers, total: embeddings + mlp + scales + headers, float };
}

function tableBytes(spec: TableSpec): TableBytes {
  const { cols, name, rows } = spec;
  const format = packedTableFormat(spec);
  if (format === undefined) {
    return { name, rows, cols, bits: 32, bytes: floatTableBytes(spec), scaleBytes: 0 };
  }
  const bytes = rows * rowBytes(format) + poolingBytes(spec);
  const numbers = hasBias(format.scheme) ? 2 : 1;
  const scaleBytes = numbers * FLOAT_BYTES * scaleCount(format, rows);
  return { name, rows, cols, bits: format.bits, bytes, scaleBytes };
}

function floatTableBytes(spec: TableSpec): number {
  return FLOAT_BYTES * spec.rows * spec.cols + poolingBytes(spec);
}

function poolingBytes({ poolingWeights, rows }: TableSpec): number {
  return poolingWeights === "none" ? 0 : FLOAT_BYTES * rows;
}

function layerBytes(
  layer: LayerSpec,
  quantization: LinearQuantization,
): { readonly bytes: number; readonly scaleBytes: number } {
  if (quantization.kind === "none") return { bytes: floatLayerBytes(layer), scaleBytes: 0 };
  const { bias, bits, granularity } = quantization;
  const { inputs, outputs } = layer;
  const biasBytes = bias === "float" ? FLOAT_BYTES * outputs : outputs * rowBytes({ bits, cols: 1 });
  const scales = granularity === "channel" ? outputs : 1;
  return {
    bytes: outputs * rowBytes({ bits, cols: inputs }) + biasBytes,
    scaleBytes: FLOAT_BYTES * (bias === "same" ? 2 * scales : scales),
  };
}

function floatLayerBytes({ inputs, outputs }: LayerSpec): number {
  return FLOAT_BYTES * (inputs * outputs + outputs);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
