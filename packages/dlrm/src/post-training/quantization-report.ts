import type { PackedRows } from "@dqrm/core";
import { measureDistortion } from "@dqrm/quant";
import type { Kernels } from "@dqrm/core";

/** Says what quantization did to one part of a model. */
export interface PartReport {
  /** A table's name, or a layer's place, for instance "top.1.weight". */
  readonly name: string;
  readonly kind: "table" | "layer";
  readonly rows: number;
  readonly cols: number;
  /** 32 for floats that were kept. */
  readonly bits: number;
  readonly floatBytes: number;
  /** Codes, scales and biases, or floats. */
  readonly packedBytes: number;
  /** Null for a part that was kept. */
  readonly distortion: PartDistortion | null;
}

/** Says what was lost between the weights of a part and its codes, as numbers that JSON knows. */
export interface PartDistortion {
  readonly meanSquaredError: number;
  readonly maxError: number;
  /** Null when nothing was lost, or when weights that are all zero were not kept. */
  readonly signalToNoiseDb: number | null;
  /** Share of the weights that became exactly zero. */
  readonly zeroShare: number;
  /** Share of the weights that lay more than half a step outside the levels. */
  readonly clampedShare: number;
  /** How often each code occurs; empty above 8 bits. @shape [2^bits] */
  readonly histogram: readonly number[];
}

/** Says what quantization did to a model. */
export interface QuantizationReport {
  /** Tables, then the weights and biases of layers. */
  readonly parts: readonly PartReport[];
  /** Bytes of the model's file. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** Names a part and gives its shape. */
export type PartShape = Pick<PartReport, "name" | "kind" | "rows" | "cols">;

/** Histograms of wider codes have more bars than anybody looks at. */
const MOST_HISTOGRAM_BITS = 8;

const FLOAT_BYTES = 4;

/** Compares a part before and after. */
export function reportPart(
  shape: PartShape,
  before: PackedRows | Float32Array,
  after: PackedRows | Float32Array,
  kernels: Kernels,
): PartReport {
  const floatBytes = FLOAT_BYTES * shape.rows * shape.cols;
  const bits = after instanceof Float32Array ? 32 : after.format.bits;
  const packedBytes = bytesOf(after);
  const changed = before instanceof Float32Array && !(after instanceof Float32Array);
  const distortion = changed ? distortionOf(before, after, kernels) : null;
  return { ...shape, bits, floatBytes, packedBytes, distortion };
}

function bytesOf(part: PackedRows | Float32Array): number {
  if (part instanceof Float32Array) return part.byteLength;
  return part.codes.byteLength + part.scale.byteLength + part.bias.byteLength;
}

function distortionOf(weights: Float32Array, packed: PackedRows, kernels: Kernels): PartDistortion {
  const measured = measureDistortion(weights, packed, kernels);
  const { clampedCount, count, histogram, maxError, meanSquaredError, signalToNoiseDb, zeroShare } = measured;
  return {
    meanSquaredError,
    maxError,
    signalToNoiseDb: Number.isFinite(signalToNoiseDb) ? signalToNoiseDb : null,
    zeroShare,
    clampedShare: count === 0 ? 0 : clampedCount / count,
    histogram: packed.format.bits > MOST_HISTOGRAM_BITS ? [] : [...histogram],
  };
}
