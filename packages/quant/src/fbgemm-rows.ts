import { allocateRows, checkPackedRows, DqrmError, isDeadZone, type PackedRows } from "@dqrm/core";
import { codeBytes, fbgemmFormat, fbgemmRowBytes, scaleBytes, type FbgemmLayout } from "./fbgemm-layout.ts";
import { halfBits, halfValue, roundToHalf } from "./half.ts";

/**
 * Writes packed rows as FBGEMM and PyTorch keep them; the codes are the same bytes, scale and bias move beside them.
 *
 * Nothing is rounded: where the layout has halves, scale and bias must be halves already, as {@link quantizeFbgemmTable}
 * and {@link roundScalesToHalf} make them. A table too long for one array goes piece by piece, with `viewRows`.
 *
 * @shape result u8[rows × fbgemmRowBytes(layout)]
 * @throws VALUE when the rows have another format (see {@link asFbgemmRows}), or a scale or bias is no half, or the layout
 *         is not allowed; SHAPE or LIMIT when the rows do not fit together; NON_FINITE
 * @source docs/spec/fbgemm-rows.md
 *
 * ```ts doctest
 * import { encodeFbgemmRows, fusedFbgemmRows, quantizeFbgemmTable } from "@dqrm/quant";
 * const packed = quantizeFbgemmTable(Float32Array.of(-1, 0, 7, 14), 1, { bits: 4, cols: 4 });
 * // Codes 0 1 8 15, scale 1 = 0x3c00, bias −1 = 0xbc00, each low byte first.
 * [...encodeFbgemmRows(packed, fusedFbgemmRows(4, 4))]; // => [0x10, 0xf8, 0x00, 0x3c, 0x00, 0xbc]
 * ```
 */
export function encodeFbgemmRows(packed: PackedRows, layout: FbgemmLayout): Uint8Array<ArrayBuffer> {
  const bytesOfRow = fbgemmRowBytes(layout);
  checkPackedRows("encodeFbgemmRows", packed);
  checkFormat(packed, layout);
  const { bias, codes, rows, scale } = packed;
  const { codesAt, scaleAt } = offsets(layout);
  const stride = codeBytes(layout);
  const write = prepareWrite(layout);
  const bytes = new Uint8Array(rows * bytesOfRow);
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < rows; row++) {
    const begin = row * bytesOfRow;
    bytes.set(codes.subarray(row * stride, (row + 1) * stride), begin + codesAt);
    write(view, begin + scaleAt, scale[row], row);
    write(view, begin + scaleAt + scaleBytes(layout) / 2, bias[row], row);
  }
  return bytes;
}

/**
 * Reads rows of FBGEMM or PyTorch into packed rows, which every function of this package and every kernel takes.
 *
 * @shape bytes u8[rows × fbgemmRowBytes(layout)]; padding is not looked at
 * @throws FORMAT with the byte when the length is no whole number of rows, or a scale or bias is NaN or infinite;
 *         VALUE or LIMIT when the layout is not allowed or there are too many rows, before anything is allocated
 * @cost allocates the packed rows
 * @source docs/spec/fbgemm-rows.md
 *
 * ```ts doctest
 * import { decodeFbgemmRows, dequantizeTable, fusedFbgemmRows } from "@dqrm/quant";
 * // PyTorch: embedding_bag_4bit_prepack(torch.tensor([[-1., 0, 7, 14]]))
 * const bytes = Uint8Array.of(0x10, 0xf8, 0x00, 0x3c, 0x00, 0xbc);
 * [...dequantizeTable(decodeFbgemmRows("shop.bin", bytes, fusedFbgemmRows(4, 4)))]; // => [-1, 0, 7, 14]
 * ```
 */
export function decodeFbgemmRows(source: string, bytes: Uint8Array, layout: FbgemmLayout): PackedRows {
  const bytesOfRow = fbgemmRowBytes(layout);
  const rows = Math.floor(bytes.length / bytesOfRow);
  if (rows * bytesOfRow !== bytes.length) {
    throw new DqrmError("FORMAT", {
      source,
      offset: rows * bytesOfRow,
      expected: `rows of ${bytesOfRow} bytes`,
      actual: `${bytes.length - rows * bytesOfRow} bytes`,
    });
  }
  const packed = allocateRows(fbgemmFormat(layout), rows);
  const { codesAt, scaleAt } = offsets(layout);
  const stride = codeBytes(layout);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = prepareRead(source, view, layout);
  for (let row = 0; row < rows; row++) {
    const begin = row * bytesOfRow;
    packed.codes.set(bytes.subarray(begin + codesAt, begin + codesAt + stride), row * stride);
    packed.scale[row] = read(begin + scaleAt);
    packed.bias[row] = read(begin + scaleAt + scaleBytes(layout) / 2);
  }
  return packed;
}

/**
 * Turns packed rows of equal steps, with a scale for each row or for the table, into asymmetric rows with a scale each,
 * which FBGEMM can hold; the codes stay.
 *
 * @units bias = −2^(bits−1) × scale for symmetric codes: the weights stay too, up to the rounding of code × scale + bias,
 *        less than 2^−16 of a step
 * @throws VALUE when bits are not 2, 4 or 8, the scales belong to groups of columns, or the levels are those of a dead
 *         zone, which need not be equally far apart
 *
 * ```ts doctest
 * import { asFbgemmRows, dequantizeTable, quantizeTable } from "@dqrm/quant";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * const rows = asFbgemmRows(quantizeTable(Float32Array.of(7, -3, 2, 1), 2, format, { rounding: "nearest" }));
 * [...rows.bias]; // => [-8, -8]
 * [...dequantizeTable(rows)]; // => [7, -3, 2, 1]
 * ```
 */
export function asFbgemmRows(packed: PackedRows): PackedRows {
  checkPackedRows("asFbgemmRows", packed);
  const { codes, format, rows } = packed;
  const { bits, cols, granularity, scheme } = format;
  const known = (bits === 2 || bits === 4 || bits === 8) && !isDeadZone(scheme);
  if (!known || granularity.kind === "group") {
    throw new DqrmError("VALUE", {
      op: "asFbgemmRows",
      what: "format",
      expected: "2, 4 or 8 bits, symmetric or asymmetric, and a scale per row or table",
      actual: `${bits} bits, ${scheme}, and a scale per ${granularity.kind}`,
    });
  }
  const at = (row: number): number => (granularity.kind === "table" ? 0 : row);
  const scale = Float32Array.from({ length: rows }, (_, row) => packed.scale[at(row)]);
  const bias = Float32Array.from({ length: rows }, (_, row) =>
    scheme === "asymmetric" ? packed.bias[at(row)] : -(2 ** (bits - 1)) * scale[row],
  );
  return { format: fbgemmFormat({ bits, cols }), rows, codes, scale, bias };
}

/**
 * Rounds the scales and biases of packed rows to half precision, as FBGEMM's table-batched rows hold them; the codes stay.
 *
 * @units each weight moves by at most 2^−11 of (code × scale) and of the bias, as long as both are normal halves
 * @throws VALUE when a scale or bias is beyond 65504
 *
 * ```ts doctest
 * import { quantizeTable, roundScalesToHalf } from "@dqrm/quant";
 * const format = { bits: 8, cols: 2, scheme: "asymmetric", granularity: { kind: "row" } } as const;
 * roundScalesToHalf(quantizeTable(Float32Array.of(0.1, 1), 1, format, { rounding: "nearest" })).bias[0]; // => 0.0999755859375
 * ```
 */
export function roundScalesToHalf(packed: PackedRows): PackedRows {
  const rounded = (what: string, values: Float32Array): Float32Array =>
    values.map((value, row) => {
      const half = roundToHalf(value);
      if (Number.isFinite(half)) return half;
      throw noHalf("roundScalesToHalf", `${what} ${row}`, value);
    });
  return { ...packed, scale: rounded("scale", packed.scale), bias: rounded("bias", packed.bias) };
}

function noHalf(op: string, what: string, value: number): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", { op, what, expected: "a half-precision float", actual: String(value) });
}

function offsets(layout: FbgemmLayout): { readonly codesAt: number; readonly scaleAt: number } {
  return layout.place === "first"
    ? { codesAt: scaleBytes(layout), scaleAt: 0 }
    : { codesAt: 0, scaleAt: codeBytes(layout) };
}

function prepareWrite({
  scales,
}: FbgemmLayout): (view: DataView, offset: number, value: number, row: number) => void {
  return function write(view, offset, value, row) {
    if (!Number.isFinite(value)) {
      const what = "encodeFbgemmRows scale or bias";
      throw new DqrmError("NON_FINITE", { what, position: row, actual: String(value) });
    }
    if (scales === "float") {
      view.setFloat32(offset, value, true);
      return;
    }
    const bits = halfBits(value);
    if (halfValue(bits) !== value) throw noHalf("encodeFbgemmRows", `scale or bias of row ${row}`, value);
    view.setUint16(offset, bits, true);
  };
}

function prepareRead(source: string, view: DataView, { scales }: FbgemmLayout): (offset: number) => number {
  return function read(offset) {
    const value =
      scales === "float" ? view.getFloat32(offset, true) : halfValue(view.getUint16(offset, true));
    if (Number.isFinite(value)) return value;
    throw new DqrmError("FORMAT", {
      source,
      offset,
      expected: "a finite scale or bias",
      actual: String(value),
    });
  };
}

function checkFormat({ format }: PackedRows, layout: FbgemmLayout): void {
  const { bits, cols, granularity, scheme } = format;
  const expected = `${layout.bits} bits, ${layout.cols} columns, asymmetric, a scale per row`;
  const actual = `${bits} bits, ${cols} columns, ${scheme}, a scale per ${granularity.kind}`;
  if (actual === expected) return;
  throw new DqrmError("VALUE", { op: "encodeFbgemmRows", what: "format", expected, actual });
}
