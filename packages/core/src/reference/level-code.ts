import { checkLevel, deadZoneLevels } from "../format/dead-zone.ts";
import type { RowFormat } from "../format/row-format.ts";

/** Every weight but zero itself reaches a threshold of zero. */
const SMALLEST_WEIGHT = 2 ** -149;

/** Holds the levels of a dead-zone format for one scale and threshold at a time, and finds codes among them. */
export interface LevelCodes {
  /** The weight of each code. @shape f32[2^bits] */
  readonly levels: Float32Array;
  /** Takes the levels of a scale and a threshold. */
  use(scale: number, bias: number): void;
  /** Gives the code of the level nearest to a weight that is not NaN; halves go to the smaller magnitude. */
  nearest(weight: number): number;
  /** Gives the code of one of the two levels around a weight, by the uniform number u; a dead zone draws nothing. */
  stochastic(weight: number, u: number): number;
}

/** Prepares the levels of a dead-zone format. */
export function createLevelCodes(format: Pick<RowFormat, "bits" | "scheme">): LevelCodes {
  const zero = 2 ** (format.bits - 1);
  const top = zero - 1;
  const levels = new Float32Array(2 * zero);
  let usedScale = Number.NaN;
  let usedBias = Number.NaN;
  let threshold = 0;
  const signed = (weight: number, k: number): number => {
    // Of equal levels one has to be taken, so that the weight of a code has that code again.
    while (k > 1 && levels[zero + k - 1] === levels[zero + k]) k--;
    return weight < 0 ? zero - k : zero + k;
  };
  return {
    levels,
    use(scale, bias) {
      if (scale === usedScale && bias === usedBias) return;
      deadZoneLevels(format, scale, bias, levels);
      usedScale = scale;
      usedBias = bias;
      threshold = Math.max(bias, SMALLEST_WEIGHT);
    },
    nearest(weight) {
      const magnitude = Math.abs(weight);
      if (magnitude < threshold) return zero;
      let k = 1;
      while (k < top && magnitude > (levels[zero + k] + levels[zero + k + 1]) / 2) k++;
      return signed(weight, k);
    },
    stochastic(weight, u) {
      const magnitude = Math.abs(weight);
      if (magnitude < threshold) return zero;
      let k = 1;
      while (k < top && magnitude > levels[zero + k + 1]) k++;
      const low = levels[zero + k];
      if (k === top || magnitude <= low) return signed(weight, k);
      const share = (magnitude - low) / (levels[zero + k + 1] - low);
      return signed(weight, share + u >= 1 ? k + 1 : k);
    },
  };
}

/**
 * Checks the numbers that rows are about to be quantized with: a dead zone has no levels for others.
 *
 * @throws VALUE when the top or the threshold is negative, NaN or infinite
 */
export function checkLevels(op: string, scale: number, bias: number, slot: number): void {
  checkLevel(op, `scale[${slot}]`, scale);
  checkLevel(op, `bias[${slot}]`, bias);
}
