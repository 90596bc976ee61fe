import { checkRowFormat, DqrmError, rowBytes, type RowFormat } from "@dqrm/core";

/**
 * Describes rows of bytes as FBGEMM and PyTorch keep quantized embeddings: codes with their scale and bias beside them.
 *
 * @shape a row: codes u8[cols × bits / 8], then scale and bias, or these two first; zeros up to a multiple of rowAlignment
 * @units weight = code × scale + bias
 * @source docs/spec/fbgemm-rows.md
 */
export interface FbgemmLayout {
  readonly bits: 2 | 4 | 8;
  readonly cols: number;
  /** Whether scale and bias take two bytes each or four. */
  readonly scales: "half" | "float";
  /** Whether scale and bias stand before the codes or after them. */
  readonly place: "first" | "last";
  /** Every row takes a multiple of so many bytes. */
  readonly rowAlignment: number;
}

/** Rows aligned to more than this are a mistake; FBGEMM itself aligns to 1, 16 or 128. */
const MAX_ROW_ALIGNMENT = 1 << 12;

/**
 * Gives the layout of PyTorch's embedding_bag_byte_prepack, 4bit_prepack and 2bit_prepack, and of FBGEMM's fused row-wise
 * quantization: codes first, then halves at 2 and 4 bits or floats at 8.
 *
 * @throws VALUE or LIMIT as {@link fbgemmRowBytes}
 *
 * ```ts doctest
 * import { fbgemmRowBytes, fusedFbgemmRows } from "@dqrm/quant";
 * [2, 4, 8].map((bits) => fbgemmRowBytes(fusedFbgemmRows(bits as 2 | 4 | 8, 16))); // => [8, 12, 24]
 * ```
 */
export function fusedFbgemmRows(bits: FbgemmLayout["bits"], cols: number): FbgemmLayout {
  return { bits, cols, scales: bits === 8 ? "float" : "half", place: "last", rowAlignment: 1 };
}

/**
 * Gives the layout of FBGEMM's IntNBitTableBatchedEmbeddingBags, which TorchRec serves from: halves at every width, before
 * the codes.
 *
 * `rowAlignment` is 16 on CUDA and 1 on a CPU.
 *
 * ```ts doctest
 * import { fbgemmRowBytes, tableBatchedFbgemmRows } from "@dqrm/quant";
 * fbgemmRowBytes(tableBatchedFbgemmRows(4, 16, 16)); // => 16
 * ```
 */
export function tableBatchedFbgemmRows(
  bits: FbgemmLayout["bits"],
  cols: number,
  rowAlignment: number,
): FbgemmLayout {
  return { bits, cols, scales: "half", place: "first", rowAlignment };
}

/**
 * Counts the bytes of one row.
 *
 * @throws VALUE when bits, columns, scales, place or alignment are not allowed, or the codes of a row fill no whole bytes;
 *         LIMIT when cols exceeds MAX_COLS
 *
 * ```ts doctest
 * import { fbgemmRowBytes, fusedFbgemmRows } from "@dqrm/quant";
 * // The Criteo Kaggle tables in PyTorch's 4 bits: 33,762,577 rows of 12 bytes, 405.15 MB.
 * 33_762_577 * fbgemmRowBytes(fusedFbgemmRows(4, 16)); // => 405150924
 * ```
 */
export function fbgemmRowBytes(layout: FbgemmLayout): number {
  const { rowAlignment } = checkFbgemmLayout(layout);
  const used = codeBytes(layout) + scaleBytes(layout);
  return Math.ceil(used / rowAlignment) * rowAlignment;
}

/** Gives the format of packed rows that hold what rows of a layout hold. */
export function fbgemmFormat({ bits, cols }: Pick<FbgemmLayout, "bits" | "cols">): RowFormat {
  return { bits, cols, scheme: "asymmetric", granularity: { kind: "row" } };
}

/** Counts the bytes of a row's codes. */
export function codeBytes(layout: Pick<FbgemmLayout, "bits" | "cols">): number {
  return rowBytes(layout);
}

/** Counts the bytes of a row's scale and bias. */
export function scaleBytes({ scales }: Pick<FbgemmLayout, "scales">): number {
  return scales === "half" ? 4 : 8;
}

function checkFbgemmLayout(layout: FbgemmLayout): FbgemmLayout {
  const { bits, cols, place, rowAlignment, scales } = layout;
  checkRowFormat("fbgemm rows", fbgemmFormat(layout));
  const checks: readonly (readonly [string, boolean, string, unknown])[] = [
    ["bits", [2, 4, 8].includes(bits), "2, 4 or 8", bits],
    ["cols", (cols * bits) % 8 === 0, `a multiple of ${8 / bits}, so that codes fill whole bytes`, cols],
    ["scales", scales === "half" || scales === "float", "half or float", scales],
    ["place", place === "first" || place === "last", "first or last", place],
    ["rowAlignment", isAlignment(rowAlignment), `an integer in [1, ${MAX_ROW_ALIGNMENT}]`, rowAlignment],
  ];
  for (const [what, allowed, expected, actual] of checks) {
    if (!allowed) throw new DqrmError("VALUE", { op: "fbgemm rows", what, expected, actual: String(actual) });
  }
  return layout;
}

function isAlignment(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_ROW_ALIGNMENT;
}
