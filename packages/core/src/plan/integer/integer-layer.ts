import { DqrmError } from "../../errors.ts";
import type { PackedRows } from "../../format/row-format.ts";
import type { Kernels } from "../../kernel/kernels.ts";
import { spanLayout } from "../../reference/span-layout.ts";
import type { ActivationCodes } from "../activation/activation-codes.ts";
import type { LayerSpec } from "../model-spec.ts";
import type { PackedLayer } from "../plan.ts";

/**
 * Holds a linear layer in whole numbers, for inputs of one scale.
 *
 * @shape weight i16[outputs × inputs], bias i32[outputs], step f64[outputs]
 * @units output = (Σ weight·code + bias) × step, the sum exact in 32 bits whatever the codes
 */
export interface IntegerLayer {
  readonly weight: Int16Array;
  readonly bias: Int32Array;
  readonly step: Float64Array;
}

/** Largest magnitude of a 32-bit sum. */
const MAX_SUM = 2 ** 31 - 1;

/**
 * Turns a packed layer into whole numbers: its codes, and its bias in steps of the sums.
 *
 * @throws UNSUPPORTED unless the weight is packed in symmetric codes of 2 to 8 bits; LIMIT when a sum may need more than
 *         32 bits
 */
export function integerLayer(
  { bias, weight }: PackedLayer,
  { inputs, outputs }: LayerSpec,
  input: ActivationCodes,
  kernels: Kernels,
): IntegerLayer {
  const packed = packedWeight(weight);
  const codes = signedCodes(packed, kernels);
  const floatBias = bias instanceof Float32Array ? bias : dequantized(bias, kernels);
  const step = new Float64Array(outputs);
  const steps = new Int32Array(outputs);
  const { scaleStep } = spanLayout(packed.format);
  const peak = Math.max(-input.low, input.high);
  for (let o = 0; o < outputs; o++) {
    step[o] = input.scale * packed.scale[o * scaleStep];
    const biasSteps = Math.round(floatBias[o] / step[o]);
    let largest = Math.abs(biasSteps);
    for (let i = 0; i < inputs; i++) largest += Math.abs(codes[o * inputs + i]) * peak;
    if (!(largest <= MAX_SUM)) {
      const what = `integer layer: largest sum of output ${o}`;
      throw new DqrmError("LIMIT", { what, limit: "MAX_SUM", maximum: MAX_SUM, actual: largest });
    }
    steps[o] = biasSteps;
  }
  return { weight: codes, bias: steps, step };
}

function packedWeight(weight: PackedRows | Float32Array): PackedRows {
  if (!(weight instanceof Float32Array)) {
    const { bits, granularity, scheme } = weight.format;
    const whole = scheme === "symmetric" && bits > 1 && bits <= 8 && granularity.kind !== "group";
    if (whole && weight.scale.every((scale) => scale > 0)) return weight;
  }
  const spec = "layers whose weights are not symmetric codes of 2 to 8 bits with scales above 0";
  throw new DqrmError("UNSUPPORTED", { op: "integer layer", spec, tried: ["reference"] });
}

function signedCodes({ codes, format, rows }: PackedRows, kernels: Kernels): Int16Array {
  const { bits, cols } = format;
  const unsigned = new Uint16Array(rows * cols);
  kernels.prepare("unpackCodes", { bits, cols })(codes, unsigned, 0, rows);
  return Int16Array.from(unsigned, (code) => code - 2 ** (bits - 1));
}

function dequantized(rows: PackedRows, kernels: Kernels): Float32Array {
  const floats = new Float32Array(rows.rows * rows.format.cols);
  kernels.prepare("dequantizeRows", rows.format)(rows, floats, 0, rows.rows);
  return floats;
}

/**
 * Overwrites the 32-bit sums of samples [0, size).
 *
 * @shape codes i32[>= size × inputs], sums i32[>= size × outputs]
 */
export function integerSums(
  { bias, weight }: IntegerLayer,
  codes: Int32Array,
  sums: Int32Array,
  size: number,
): void {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  for (let b = 0; b < size; b++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias[o];
      for (let i = 0; i < inputs; i++) sum += weight[o * inputs + i] * codes[b * inputs + i];
      sums[b * outputs + o] = sum;
    }
  }
}
