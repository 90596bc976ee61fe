import {
  createRandom,
  defineKernels,
  reference,
  type KernelBackend,
  type ProductPrecision,
  type Random,
} from "@dqrm/core";

/** Half the spacing of f32 numbers at 1, and of bfloat16 numbers. */
const FLOAT32_ROUNDING = 2 ** -24;
const BFLOAT16_ROUNDING = 2 ** -9;
/** WGSL lets a conversion round up or down, and flush what is not normal to zero. */
const FLOAT16_ROUNDING = 2 ** -10;
const FLOAT16_LEAST = 2 ** -14;

/** Half a step of 8-bit codes of 127 levels on each side, relative to the largest magnitude. */
const INT8_ROUNDING = 1 / (2 * 127);

/**
 * Makes kernels whose linear layers err at random by as much as sums and products of a precision may.
 *
 * A sum of n products in f32 equals, exactly, the sum of products whose factors are off by at most n·2⁻²⁴ of themselves;
 * bfloat16 adds its rounding to both factors, 8-bit codes half a step of each row's largest magnitude.
 *
 * @source Higham 2002, §3.1 (backward error of inner products); Vignes 1993, CESTAC (rounding errors drawn at random)
 */
export function noisyProducts(seed: number, precision: ProductPrecision): KernelBackend {
  const random = createRandom({ seed, stream: 0x6e6f_6973 });
  const { linear, linearBackwardInput, linearBackwardWeight } = reference.ops;
  const noisy = (values: Float32Array, cols: number, terms: number): Float32Array =>
    disturbed(values, { cols, terms, precision, random });
  return defineKernels(`reference with noise ${seed}`, {
    linear(spec) {
      const exact = linear?.(spec);
      return (
        exact &&
        ((x, weight, bias, y, begin, end) => {
          const { inputs } = spec;
          exact(noisy(x, inputs, 0), noisy(weight, inputs, inputs + 1), bias, y, begin, end);
        })
      );
    },
    linearBackwardInput(spec) {
      const exact = linearBackwardInput?.(spec);
      return (
        exact &&
        ((dy, weight, dx, begin, end) => {
          const { inputs, outputs } = spec;
          exact(noisy(dy, outputs, 0), noisy(weight, inputs, outputs), dx, begin, end);
        })
      );
    },
    linearBackwardWeight(spec) {
      const exact = linearBackwardWeight?.(spec);
      return (
        exact &&
        ((x, dy, samples, dweight, dbias, begin, end) => {
          const { inputs, outputs } = spec;
          exact(noisy(x, inputs, 0), noisy(dy, outputs, samples), samples, dweight, dbias, begin, end);
        })
      );
    },
  });
}

interface Disturbance {
  readonly cols: number;
  /** Terms of the sums that the values enter; 0 when the other factor carries their rounding. */
  readonly terms: number;
  readonly precision: ProductPrecision;
  readonly random: Random;
}

function relativeRounding(precision: ProductPrecision): number {
  if (precision === "bfloat16") return BFLOAT16_ROUNDING;
  return precision === "float16" ? FLOAT16_ROUNDING : 0;
}

function disturbed(values: Float32Array, { cols, precision, random, terms }: Disturbance): Float32Array {
  const relative = terms * FLOAT32_ROUNDING + relativeRounding(precision);
  if (relative === 0 && precision !== "int8") return values;
  const result = values.slice();
  for (let begin = 0; begin < result.length; begin += cols) {
    const end = Math.min(result.length, begin + cols);
    let peak = 0;
    if (precision === "int8") for (let i = begin; i < end; i++) peak = Math.max(peak, Math.abs(values[i]));
    const absolute = precision === "float16" ? FLOAT16_LEAST : peak * INT8_ROUNDING;
    for (let i = begin; i < end; i++) {
      result[i] += (2 * random.next() - 1) * (relative * Math.abs(values[i]) + absolute);
    }
  }
  return result;
}
