import { DqrmError, roundHalfEven, type BitWidth } from "@dqrm/core";

/** Fixes a quantizer with learned steps. */
export interface LsqOptions {
  /** 2 to 16: LSQ has no 1-bit form. */
  readonly bits: BitWidth;
  readonly cols: number;
  /** Steps to learn: one for the tensor, or one for each row. */
  readonly granularity: "table" | "row";
  readonly rows: number;
  /**
   * Weights that the step's gradient is normalized by. The authors count the looked-up batch, which makes the step's
   * learning rate depend on the batch size; rows × cols is the paper's count.
   */
  readonly gradientElements: number;
}

/**
 * Quantizes with a step that is learned along with the weights.
 *
 * @shape x, quantized, gradient f32[rows × cols], scale and scaleGradient f32[1 | rows]
 * @throws SHAPE when an array is too short for the rows
 */
export interface Lsq {
  /** The steps: a parameter that the caller's optimizer changes, and keeps above zero. */
  readonly scale: Float32Array;
  /** Sets the steps to 2·mean|x|/√n, n = 2^(bits−1) − 1. @throws NON_FINITE when a mean is NaN or infinite */
  initialize(x: Float32Array): void;
  /** Overwrites rows [begin, end) of `quantized`, which may be `x`. @throws VALUE when a step is not above zero */
  forward(x: Float32Array, quantized: Float32Array, begin: number, end: number): void;
  /**
   * Turns rows [begin, end) of the gradient of the quantized values into that of x, in place (zero where x was
   * clamped), and adds the gradient of the steps to `scaleGradient`.
   *
   * @throws VALUE when a step is not above zero
   */
  backward(
    x: Float32Array,
    gradient: Float32Array,
    scaleGradient: Float32Array,
    begin: number,
    end: number,
  ): void;
}

/** A mean of zero would give a step that can neither quantize nor grow. */
const SMALLEST_STEP = 1e-8;

/**
 * Creates a quantizer with learned step sizes (LSQ), the paper's strongest baseline.
 *
 * @units ŵ = s·round(clamp(x/s, −n − 1, n)), n = 2^(bits−1) − 1; ds = Σ g·(round(u) − u inside, the bound outside)
 *        / √(n · gradientElements), u = x/s
 * @throws VALUE when bits is 1 or a count is not positive
 * @source Esser et al., Learned Step Size Quantization, 2020; the authors' quantizer/lsq.py
 *
 * ```ts doctest
 * import { createLsq } from "@dqrm/quant";
 * const lsq = createLsq({ bits: 4, cols: 3, rows: 1, granularity: "table", gradientElements: 3 });
 * lsq.scale[0] = 0.5;
 * const quantized = new Float32Array(3);
 * lsq.forward(Float32Array.of(0.6, 9, -9), quantized, 0, 1);
 * [...quantized]; // => [0.5, 3.5, -4]
 * const gradient = Float32Array.of(1, 1, 1);
 * lsq.backward(Float32Array.of(0.6, 9, -9), gradient, new Float32Array(1), 0, 1);
 * [...gradient]; // => [1, 0, 0]
 * ```
 */
export function createLsq(options: LsqOptions): Lsq {
  const { bits, cols, gradientElements, granularity, rows } = options;
  checkOptions(options);
  const highest = 2 ** (bits - 1) - 1;
  const lowest = -highest - 1;
  const gradientScale = 1 / Math.sqrt(highest * gradientElements);
  const scale = new Float32Array(granularity === "row" ? rows : 1);
  const scaleOf = (row: number): number => (granularity === "row" ? row : 0);
  const stepOf = (row: number): number => checkedStep(scale[scaleOf(row)]);

  return {
    scale,
    initialize(x) {
      checkLength("x", x, rows * cols);
      const share = granularity === "row" ? cols : rows * cols;
      for (let i = 0; i < scale.length; i++) {
        const mean = meanMagnitude(x, i * share, (i + 1) * share);
        scale[i] = Math.max((2 * mean) / Math.sqrt(highest), SMALLEST_STEP);
      }
    },
    forward(x, quantized, begin, end) {
      checkLength("x", x, end * cols);
      checkLength("quantized", quantized, end * cols);
      for (let row = begin; row < end; row++) {
        const step = stepOf(row);
        for (let at = row * cols; at < (row + 1) * cols; at++) {
          const level = Math.min(highest, Math.max(lowest, Math.fround(x[at] / step)));
          quantized[at] = roundHalfEven(level) * step + 0;
        }
      }
    },
    backward(x, gradient, scaleGradient, begin, end) {
      checkLength("x", x, end * cols);
      checkLength("gradient", gradient, end * cols);
      checkLength("scaleGradient", scaleGradient, scale.length);
      for (let row = begin; row < end; row++) {
        const step = stepOf(row);
        let sum = 0;
        for (let at = row * cols; at < (row + 1) * cols; at++) {
          const level = Math.fround(x[at] / step);
          const inside = level >= lowest && level <= highest;
          const slope = inside ? roundHalfEven(level) - level : level < lowest ? lowest : highest;
          sum += gradient[at] * slope;
          if (!inside) gradient[at] = 0;
        }
        scaleGradient[scaleOf(row)] += sum * gradientScale;
      }
    },
  };
}

function meanMagnitude(x: Float32Array, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += Math.abs(x[i]);
  if (Number.isFinite(sum)) return sum / Math.max(1, end - begin);
  throw new DqrmError("NON_FINITE", { what: "lsq mean of |x|", position: begin, actual: String(sum) });
}

function checkLength(what: string, array: Float32Array, expected: number): void {
  if (array.length >= expected) return;
  throw new DqrmError("SHAPE", { op: "lsq", what, expected, actual: array.length });
}

function checkedStep(step: number): number {
  if (step > 0) return step;
  throw new DqrmError("VALUE", {
    op: "lsq",
    what: "scale",
    expected: "a number above 0 (call initialize, or set it)",
    actual: String(step),
  });
}

function checkOptions({ bits, cols, gradientElements, rows }: LsqOptions): void {
  const counts = [
    ["bits", bits, 2],
    ["cols", cols, 1],
    ["rows", rows, 1],
    ["gradientElements", gradientElements, 1],
  ] as const;
  for (const [what, actual, least] of counts) {
    if (Number.isInteger(actual) && actual >= least) continue;
    throw new DqrmError("VALUE", {
      op: "createLsq",
      what,
      expected: `an integer >= ${least}`,
      actual: String(actual),
    });
  }
}
