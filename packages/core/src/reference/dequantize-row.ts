import { rowBytes, type PackedRows, type RowFormat } from "../format/row-format.ts";
import { unpackRow } from "./pack-row.ts";
import { codeRange } from "./quantize-value.ts";
import { spanLayout } from "./span-layout.ts";

/** Writes the weights of one packed row to dst[to], each rounded to f32. */
type RowReader = (packed: PackedRows, row: number, dst: Float32Array, to: number) => void;

/** Prepares the reading of single packed rows. */
export function prepareRowReader(format: RowFormat): RowReader {
  const { bits, cols, scheme } = format;
  const { offset, sign } = codeRange(format);
  const { spans, spanCols, scaleStep } = spanLayout(format);
  const stride = rowBytes(format);
  const biased = scheme === "asymmetric";
  const codes = new Uint16Array(cols);

  return function readRow({ codes: bytes, scale, bias }, row, dst, to) {
    unpackRow(bytes, row * stride, cols, bits, codes, 0);
    for (let span = 0; span < spans; span++) {
      const first = span * spanCols;
      const last = Math.min(first + spanCols, cols);
      const s = scale[row * scaleStep + span];
      const shift = biased ? bias[row * scaleStep + span] : 0;
      for (let c = first; c < last; c++) {
        const multiple = sign ? 2 * codes[c] - 1 : codes[c] - offset;
        dst[to + c] = Math.fround(multiple * s) + shift;
      }
    }
  };
}
