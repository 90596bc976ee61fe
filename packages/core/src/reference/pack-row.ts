import { DqrmError } from "../errors.ts";
import type { BitWidth } from "../format/row-format.ts";

/**
 * Packs `cols` codes from codes[from] on into the bytes from dst[to] on, low bits first; unused bits are zero.
 *
 * @throws VALUE when a code needs more than `bits` bits
 */
export function packRow(
  codes: Uint16Array,
  from: number,
  cols: number,
  bits: BitWidth,
  dst: Uint8Array,
  to: number,
): void {
  let pending = 0;
  let pendingBits = 0;
  let byte = to;
  for (let c = 0; c < cols; c++) {
    const code = codes[from + c];
    if (code >> bits !== 0) failCode(from + c, code, bits);
    pending |= code << pendingBits;
    pendingBits += bits;
    while (pendingBits >= 8) {
      dst[byte++] = pending & 0xff;
      pending >>= 8;
      pendingBits -= 8;
    }
  }
  if (pendingBits > 0) dst[byte] = pending;
}

/** Unpacks `cols` codes from the bytes from src[from] on. */
export function unpackRow(
  src: Uint8Array,
  from: number,
  cols: number,
  bits: BitWidth,
  codes: Uint16Array,
  to: number,
): void {
  const mask = 2 ** bits - 1;
  let pending = 0;
  let pendingBits = 0;
  let byte = from;
  for (let c = 0; c < cols; c++) {
    while (pendingBits < bits) {
      pending |= src[byte++] << pendingBits;
      pendingBits += 8;
    }
    codes[to + c] = pending & mask;
    pending >>= bits;
    pendingBits -= bits;
  }
}

function failCode(position: number, code: number, bits: BitWidth): never {
  throw new DqrmError("VALUE", {
    op: "packCodes",
    what: `codes[${position}]`,
    expected: `less than ${2 ** bits}`,
    actual: String(code),
  });
}
