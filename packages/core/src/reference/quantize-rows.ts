import { isDeadZone } from "../format/dead-zone.ts";
import { checkRowFormat, hasBias, rowBytes } from "../format/row-format.ts";
import type { OpFn, QuantizeSpec } from "../kernel/ops.ts";
import { uniformAt } from "../random/random.ts";
import type { RandomKey } from "../random/threefry.ts";
import { checkPacked } from "./check-packed.ts";
import { checkLength, checkPart } from "./checks.ts";
import { failWeight } from "./fake-quantize-span.ts";
import { checkLevels, createLevelCodes } from "./level-code.ts";
import { packRow } from "./pack-row.ts";
import { clamp, codeRange, roundHalfEven, stochasticCode, type CodeRange } from "./quantize-value.ts";
import { spanLayout } from "./span-layout.ts";

/** Quantizes `count` weights that share the scale number `slot` into codes[to...]. */
type SpanQuantizer = (
  src: Float32Array,
  from: number,
  codes: Uint16Array,
  to: number,
  count: number,
  slot: number,
  scale: number,
  bias: number,
  key: RandomKey,
) => void;

/** Prepares the quantization of rows with given scales. */
export function prepareQuantizeRows(spec: QuantizeSpec): OpFn<"quantizeRows"> {
  const { format } = spec;
  checkRowFormat("quantizeRows", format);
  const { bits, cols, scheme } = format;
  const { spans, spanCols, scaleStep } = spanLayout(format);
  const stride = rowBytes(format);
  const biased = hasBias(scheme);
  const codes = new Uint16Array(cols);
  const quantizeSpan = isDeadZone(scheme) ? prepareLevels(spec) : prepareMultiples(spec);

  return function quantizeRows(src, dst, key, begin, end) {
    checkPart("quantizeRows", begin, end);
    checkPacked("quantizeRows", format, dst);
    checkLength("quantizeRows", "rows", dst.rows, end);
    checkLength("quantizeRows", "src", src.length, end * cols);
    for (let row = begin; row < end; row++) {
      for (let span = 0; span < spans; span++) {
        const col = span * spanCols;
        const count = Math.min(spanCols, cols - col);
        const slot = row * scaleStep + span;
        const shift = biased ? dst.bias[slot] : 0;
        quantizeSpan(src, row * cols + col, codes, col, count, slot, dst.scale[slot], shift, key);
      }
      packRow(codes, 0, cols, bits, dst.codes, row * stride);
    }
  };
}

function prepareMultiples({ format, rounding }: QuantizeSpec): SpanQuantizer {
  const range = codeRange(format);
  return function quantizeMultiples(src, from, codes, to, count, _slot, scale, bias, key) {
    if (rounding === "nearest") quantizeNearest(src, from, codes, to, count, scale, bias, range);
    else quantizeStochastic(src, from, codes, to, count, scale, bias, range, key);
  };
}

function prepareLevels({ format, rounding }: QuantizeSpec): SpanQuantizer {
  const levels = createLevelCodes(format);
  return function quantizeLevels(src, from, codes, to, count, slot, scale, bias, key) {
    checkLevels("quantizeRows", scale, bias, slot);
    levels.use(scale, bias);
    for (let i = 0; i < count; i++) {
      const weight = src[from + i];
      if (weight !== weight) failWeight(from + i, weight);
      codes[to + i] =
        rounding === "nearest" ? levels.nearest(weight) : levels.stochastic(weight, uniformAt(key, from + i));
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
