import {
  DqrmError,
  hasBias,
  scaleCount,
  scaleRefreshDue,
  type Kernels,
  type RowFormat,
  type ScaleRefresh,
} from "@dqrm/core";
import type { DeadZoneThreshold } from "./dead-zone-threshold.ts";
import { prepareScaleChooser } from "./range-scale.ts";
import type { RangeEstimator } from "./range.ts";
import { referenceKernels } from "./reference-kernels.ts";
import { prepareScaleIndex } from "./scale-index.ts";
import { prepareClampTest } from "./scheme.ts";

/**
 * Says which gradients pass the rounding: all of them, or only those of weights that were not clamped.
 *
 * @source "straight-through": the authors' code, no mask; "clipped": Hubara et al. 2016, PACT, LSQ
 */
export type StraightThrough = "straight-through" | "clipped";

/** Fixes a fake quantizer. */
export interface FakeQuantizerOptions {
  /** Rows whose scales the quantizer keeps; a table granularity keeps one whatever the rows. */
  readonly rows: number;
  readonly refresh: ScaleRefresh;
  readonly gradient: StraightThrough;
  /** Absent means exact: nothing is clamped right after a refresh. */
  readonly range?: RangeEstimator;
  /** Needed by a dead-zone format, refused by others. */
  readonly threshold?: DeadZoneThreshold;
  readonly kernels?: Kernels;
}

/**
 * Shows float weights to a forward pass as their codes would be, and takes the gradient straight through.
 *
 * Call order of one training step: `refresh`, `forward` for the rows that the step reads, the model's own forward and
 * backward pass over them, `backward` for the same rows, then the optimizer on the float weights.
 *
 * @shape weights, quantized, gradient f32[rows × cols]; the range [begin, end) counts rows
 */
export interface FakeQuantizer {
  readonly format: RowFormat;
  /** The scales in use; zero before the first refresh. A caller may restore or set them. @shape f32[scaleCount] */
  readonly scale: Float32Array;
  /** Biases, or the thresholds of a dead zone. @shape as scale, empty when symmetric */
  readonly bias: Float32Array;
  /**
   * Recomputes the scales when the policy says so for this step, counted from 0; returns whether it did.
   *
   * @throws NON_FINITE when a weight is NaN or infinite
   * @cost O(rows × cols) when due
   */
  refresh(weights: Float32Array, step: number): boolean;
  /** Overwrites rows [begin, end) of `quantized`, which may be `weights`. @throws STATE before the first refresh */
  forward(weights: Float32Array, quantized: Float32Array, begin: number, end: number): void;
  /** Turns rows [begin, end) of the gradient of the quantized weights into that of the weights, in place. */
  backward(weights: Float32Array, gradient: Float32Array, begin: number, end: number): void;
}

/**
 * Creates a fake quantizer for a table or a weight matrix of any training loop.
 *
 * @throws UNSUPPORTED when no backend accepts the format; VALUE when a threshold is missing or too much
 * @source DQRM §3.1: dL/dw = dL/dŵ
 *
 * ```ts doctest
 * import { createFakeQuantizer, everyStep } from "@dqrm/quant";
 * const format = { bits: 2, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const fake = createFakeQuantizer(format, { rows: 2, refresh: everyStep, gradient: "straight-through" });
 * const weights = Float32Array.of(0.5, -0.2, 0.3, 0.1);
 * fake.refresh(weights, 0); // => true
 * const quantized = new Float32Array(4);
 * fake.forward(weights, quantized, 0, 2);
 * [...quantized]; // => [0.5, 0, 0.5, 0]
 * ```
 */
export function createFakeQuantizer(format: RowFormat, options: FakeQuantizerOptions): FakeQuantizer {
  const { gradient: passing, kernels = referenceKernels, range, refresh, rows, threshold } = options;
  const { cols } = format;
  const chooseScales = prepareScaleChooser(format, range, kernels, threshold);
  const fakeQuantizeRows = kernels.prepare("fakeQuantizeRows", format);
  const isClamped = prepareClampTest(format);
  const scale = new Float32Array(scaleCount(format, rows));
  const bias = new Float32Array(hasBias(format.scheme) ? scale.length : 0);
  const scaleIndex = prepareScaleIndex(format);

  return {
    format,
    scale,
    bias,
    refresh(weights, step) {
      if (!scaleRefreshDue(refresh, step)) return false;
      checkRows("refresh", weights, rows * cols);
      chooseScales(weights, rows, scale, bias);
      return true;
    },
    forward(weights, quantized, begin, end) {
      if (scale.length > 0 && scale[0] === 0) {
        throw new DqrmError("STATE", {
          op: "fakeQuantizer.forward",
          expected: "a refresh, or scales set by the caller",
          actual: "scales are still zero",
        });
      }
      fakeQuantizeRows(weights, scale, bias, quantized, begin, end);
    },
    backward(weights, gradient, begin, end) {
      if (passing === "straight-through") return;
      checkRows("backward", weights, end * cols);
      checkRows("backward", gradient, end * cols);
      for (let row = begin; row < end; row++) {
        for (let col = 0; col < cols; col++) {
          const at = row * cols + col;
          const which = scaleIndex(row, col);
          const zero = bias.length === 0 ? 0 : bias[which];
          if (isClamped(weights[at], scale[which], zero)) gradient[at] = 0;
        }
      }
    },
  };
}

function checkRows(op: string, array: Float32Array, expected: number): void {
  if (array.length >= expected) return;
  throw new DqrmError("SHAPE", {
    op: `fakeQuantizer.${op}`,
    what: "array",
    expected,
    actual: array.length,
  });
}
