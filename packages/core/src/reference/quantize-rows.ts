import { checkRowFormat, rowBytes } from "../format/row-format.ts";
import type { OpFn, QuantizeSpec } from "../kernel/ops.ts";
import { uniformAt } from "../random/random.ts";
import type { RandomKey } from "../random/threefry.ts";
import { checkPacked } from "./check-packed.ts";
import { checkLength, checkPart } from "./checks.ts";
import { failWeight } from "./fake-quantize-span.ts";
import { packRow } from "./pack-row.ts";
import { clamp, codeRange, roundHalfEven, stochasticCode, type CodeRange } from "./quantize-value.ts";
import { spanLayout } from "./span-layout.ts";

/** Prepares the quantization of rows with given scales. */
export function prepareQuantizeRows({ format, rounding }: QuantizeSpec): OpFn<"quantizeRows"> {
  checkRowFormat("quantizeRows", format);
  const { bits, cols, scheme } = format;
  const range = codeRange(format);
  const { spans, spanCols, scaleStep } = spanLayout(format);
  const stride = rowBytes(format);
  const biased = scheme === "asymmetric";
  const codes = new Uint16Array(cols);

  return function quantizeRows(src, dst, key, begin, end) {
    checkPart("quantizeRows", begin, end);
    checkPacked("quantizeRows", format, dst);
    checkLength("quantizeRows", "rows", dst.rows, end);
    checkLength("quantizeRows", "src", src.length, end * cols);
    for (let row = begin; row < end; row++) {
      for (let span = 0; span < spans; span++) {
        const col = span * spanCols;
        const from = row * cols + col;
        const count = Math.min(spanCols, cols - col);
        const slot = row * scaleStep + span;
        const shift = biased ? dst.bias[slot] : 0;
        if (rounding === "nearest")
          quantizeNearest(src, from, codes, col, count, dst.scale[slot], shift, range);
        else quantizeStochastic(src, from, codes, col, count, dst.scale[slot], shift, range, key);
      }
      packRow(codes, 0, cols, bits, dst.codes, row * stride);
    }
  };
}

function quantizeNearest(
  src: Float32Array,
  from: number,
  codes: Uint16Array,
  to: number,
  count: number,
  scale: number,
  bias: number,
  { low, high, offset, sign }: CodeRange,
): void {
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const weight = src[from + i];
    const x = sign ? weight : Math.fround(Math.fround(weight - bias) * inverse);
    if (x !== x) failWeight(from + i, weight);
    if (sign) codes[to + i] = weight >= 0 ? 1 : 0;
    else codes[to + i] = roundHalfEven(clamp(x, low, high)) + offset;
  }
}

function quantizeStochastic(
  src: Float32Array,
  from: number,
  codes: Uint16Array,
  to: number,
  count: number,
  scale: number,
  bias: number,
  range: CodeRange,
  key: RandomKey,
): void {
  const inverse = Math.fround(1 / scale);
  for (let i = 0; i < count; i++) {
    const weight = src[from + i];
    const x = Math.fround(Math.fround(weight - bias) * inverse);
    if (x !== x) failWeight(from + i, weight);
    codes[to + i] = stochasticCode(x, uniformAt(key, from + i), range);
  }
}
