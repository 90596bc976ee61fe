import { checkRowFormat, rowBytes, type PackedRows } from "../../format/row-format.ts";
import type { Rounding } from "../../kernel/ops.ts";
import { uniformAt } from "../../random/random.ts";
import type { RandomKey } from "../../random/threefry.ts";
import { checkFinite, checkLength, checkPart } from "../../reference/checks.ts";
import { packRow } from "../../reference/pack-row.ts";
import { clamp, codeRange, roundHalfEven, stochasticCode } from "../../reference/quantize-value.ts";
import type { StoredQuantization } from "../model-spec.ts";
import { prepareFirstStep } from "./stored-step.ts";

/**
 * Quantizes float rows into the rows from `first` on of a table that holds codes only: its first values, a part at a time.
 *
 * First values are rounded to nearest, whatever the rounding of training: nothing adds up before the first step.
 *
 * @shape weights f32[n × cols] for rows [first, first + n)
 * @throws SHAPE; VALUE; NON_FINITE when a weight is NaN or infinite, before any row changes
 * @cost O(rows × cols), allocates one row
 *
 * ```ts doctest
 * import { allocateRows, storedRowFormat, storeRows } from "@dqrm/core";
 * const stored = { kind: "stored", bits: 8, rounding: { kind: "nearest" }, step: { kind: "absmax" } } as const;
 * const packed = allocateRows(storedRowFormat(stored, 2), 3);
 * storeRows(stored, Float32Array.of(127, -3), packed, 1);
 * [[...packed.codes], [...packed.scale]]; // => [[0, 0, 255, 125, 0, 0], [0, 1, 0]]
 * ```
 */
export function storeRows(
  quantization: StoredQuantization,
  weights: Float32Array,
  packed: PackedRows,
  first: number,
): void {
  const { cols } = packed.format;
  const count = Math.ceil(weights.length / cols);
  checkPart("storeRows", first, first + count);
  checkLength("storeRows", "rows", packed.rows, first + count);
  checkLength("storeRows", "weights", weights.length, count * cols);
  checkFinite("weight", weights, 0, weights.length);
  const firstStep = prepareFirstStep(quantization, cols);
  const writeRow = prepareRowWriter(packed, "nearest");
  for (let k = 0; k < count; k++) {
    packed.scale[first + k] = firstStep(weights, k * cols);
    writeRow(weights, k * cols, first + k, UNUSED_KEY);
  }
}

/** Rounding to nearest draws no random numbers. */
const UNUSED_KEY = { seed: 0, stream: 0 } as const;

/** Quantizes the weights from weights[at] on into one packed row, with the scale that the row has. */
export type RowWriter = (weights: Float32Array, at: number, row: number, key: RandomKey) => void;

/**
 * Prepares the writing of single symmetric rows of two bits or more, as quantizeRows writes the rows of a whole table.
 */
export function prepareRowWriter(packed: PackedRows, rounding: Rounding): RowWriter {
  const { format } = packed;
  checkRowFormat("storedRows", format);
  const { bits, cols } = format;
  const range = codeRange(format);
  const stride = rowBytes(format);
  const codes = new Uint16Array(cols);
  return function writeRow(weights, at, row, key) {
    const inverse = Math.fround(1 / packed.scale[row]);
    for (let c = 0; c < cols; c++) {
      const x = Math.fround(inverse * weights[at + c]);
      codes[c] =
        rounding === "nearest"
          ? roundHalfEven(clamp(x, range.low, range.high)) + range.offset
          : stochasticCode(x, uniformAt(key, row * cols + c), range);
    }
    packRow(codes, 0, cols, bits, packed.codes, row * stride);
  };
}
