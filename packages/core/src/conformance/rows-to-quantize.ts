import { deadZoneLevels, isDeadZone } from "../format/dead-zone.ts";
import { hasBias, scaleCount, type RowFormat } from "../format/row-format.ts";
import { coverRows } from "./formats.ts";
import { floatsFrom, normals } from "./memory.ts";

/** Rows of every example. */
export const QUANTIZED_ROWS = 6;

/** Holds weights, and scales to quantize them with. */
export interface RowsToQuantize {
  readonly weights: Float32Array;
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

/** Lists, by name, rows that rounding has been seen to get wrong; each is made when it is asked for. */
export const ROWS_TO_QUANTIZE: Readonly<Record<string, (format: RowFormat) => RowsToQuantize>> = {
  "random rows": (format) => covered(format, normals(12, QUANTIZED_ROWS * format.cols)),
  "rows of zeros": (format) => covered(format, floatsFrom(new Float32Array(QUANTIZED_ROWS * format.cols))),
  "subnormal weights": (format) => covered(format, normals(13, QUANTIZED_ROWS * format.cols, 2 ** -130)),
  "weights three times too large saturate": (format) => {
    const rows = covered(format, normals(14, QUANTIZED_ROWS * format.cols));
    return { ...rows, weights: floatsFrom(rows.weights.map((w) => 3 * w)) };
  },
  "halves go to the even neighbour": halves,
};

function covered(format: RowFormat, weights: Float32Array): RowsToQuantize {
  const scale = floatsFrom(new Float32Array(scaleCount(format, QUANTIZED_ROWS)));
  const bias = floatsFrom(new Float32Array(hasBias(format.scheme) ? scale.length : 0));
  coverRows(format, QUANTIZED_ROWS, weights, { scale, bias });
  return { weights, scale, bias };
}

// Scale 1/2 and bias −1 are exact, so every weight below lies exactly between two codes.
function halves(format: RowFormat): RowsToQuantize {
  if (isDeadZone(format.scheme)) return aroundLevels(format);
  const { bits, cols, scheme } = format;
  const scales = scaleCount(format, QUANTIZED_ROWS);
  const asymmetric = scheme === "asymmetric";
  const shift = asymmetric ? -1 : 0;
  const low = asymmetric ? -1 : -(2 ** (bits - 1)) - 1;
  const steps = 2 ** bits + 2;
  return {
    weights: floatsFrom(
      Float32Array.from({ length: QUANTIZED_ROWS * cols }, (_, i) => shift + (low + (i % steps) + 0.5) / 2),
    ),
    scale: floatsFrom(new Float32Array(scales).fill(0.5)),
    bias: floatsFrom(new Float32Array(asymmetric ? scales : 0).fill(-1)),
  };
}

// Threshold 1 and top 30 or so: the levels, their middles, and the numbers next to either and to the threshold.
function aroundLevels(format: RowFormat): RowsToQuantize {
  const scales = scaleCount(format, QUANTIZED_ROWS);
  const top = 2 ** format.bits - 2;
  const levels = new Float32Array(2 ** format.bits);
  deadZoneLevels(format, top, 1, levels);
  const exact = [-1, 1, ...levels, ...levels.subarray(1).map((level, below) => (level + levels[below]) / 2)];
  const near = exact.flatMap((x) => [x, x * (1 - 2 ** -24), x * (1 + 2 ** -23)]);
  const weights = Float32Array.from(
    { length: QUANTIZED_ROWS * format.cols },
    (_, i) => near[(7 * i) % near.length],
  );
  return {
    weights: floatsFrom(weights),
    // Tops at and below the threshold make all levels equal.
    scale: floatsFrom(Float32Array.from({ length: scales }, (_, slot) => [top, 1, 0.5][slot % 3])),
    bias: floatsFrom(new Float32Array(scales).fill(1)),
  };
}
