import { isDeadZone } from "../format/dead-zone.ts";
import { hasBias, rowBytes, type PackedRows, type RowFormat } from "../format/row-format.ts";
import { createLevelCodes } from "./level-code.ts";
import { unpackRow } from "./pack-row.ts";
import { codeRange } from "./quantize-value.ts";
import { spanLayout } from "./span-layout.ts";

/** Writes the weights of one packed row to dst[to], each rounded to f32. */
type RowReader = (packed: PackedRows, row: number, dst: Float32Array, to: number) => void;

/** Writes the weights of codes [begin, end) that share a scale, code c to dst[to + c]. */
type SpanReader = (
  codes: Uint16Array,
  begin: number,
  end: number,
  scale: number,
  bias: number,
  dst: Float32Array,
  to: number,
) => void;

/** Prepares the reading of single packed rows. */
export function prepareRowReader(format: RowFormat): RowReader {
  const { bits, cols, scheme } = format;
  const { spans, spanCols, scaleStep } = spanLayout(format);
  const stride = rowBytes(format);
  const biased = hasBias(scheme);
  const codes = new Uint16Array(cols);
  const readSpan = isDeadZone(scheme) ? prepareLevelReader(format) : prepareMultipleReader(format);

  return function readRow({ codes: bytes, scale, bias }, row, dst, to) {
    unpackRow(bytes, row * stride, cols, bits, codes, 0);
    for (let span = 0; span < spans; span++) {
      const first = span * spanCols;
      const last = Math.min(first + spanCols, cols);
      const slot = row * scaleStep + span;
      readSpan(codes, first, last, scale[slot], biased ? bias[slot] : 0, dst, to);
    }
  };
}

function prepareMultipleReader(format: RowFormat): SpanReader {
  const { offset, sign } = codeRange(format);
  return function readMultiples(codes, begin, end, scale, bias, dst, to) {
    for (let c = begin; c < end; c++) {
      const multiple = sign ? 2 * codes[c] - 1 : codes[c] - offset;
      dst[to + c] = Math.fround(multiple * scale) + bias;
    }
  };
}

function prepareLevelReader(format: RowFormat): SpanReader {
  const { levels, use } = createLevelCodes(format);
  return function readLevels(codes, begin, end, scale, bias, dst, to) {
    use(scale, bias);
    for (let c = begin; c < end; c++) dst[to + c] = levels[codes[c]];
  };
}
