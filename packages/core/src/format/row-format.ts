import { DqrmError } from "../errors.ts";
import { isDeadZone, isDeadZoneWidth } from "./dead-zone.ts";

/** Names the widths of a stored code, in bits. */
export type BitWidth = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 16;

/** Lists every {@link BitWidth}, narrowest first. */
export const BIT_WIDTHS: readonly BitWidth[] = [1, 2, 3, 4, 5, 6, 7, 8, 16];

/**
 * Says how many weights share one scale: a whole table, a row, or `groupCols` neighbours of a row.
 *
 * @shape table: scale f32[1]; row: scale f32[rows]; group: scale f32[rows × ⌈cols/groupCols⌉]
 */
export type ScaleGranularity =
  | { readonly kind: "table" }
  | { readonly kind: "row" }
  | { readonly kind: "group"; readonly groupCols: number };

/**
 * Says what codes stand for: multiples of the scale around zero, or up from a bias; or levels between a threshold and a
 * top, equally spaced or nearly logarithmic, with everything below the threshold zero.
 */
export type Scheme = "symmetric" | "asymmetric" | "dead-zone" | "dead-zone-log";

/** Lists every {@link Scheme}, in the order of their numbers in files. */
export const SCHEMES: readonly Scheme[] = ["symmetric", "asymmetric", "dead-zone", "dead-zone-log"];

/**
 * Tells whether packed rows of a scheme carry a second number beside each scale.
 *
 * ```ts doctest
 * import { hasBias } from "@dqrm/core";
 * [hasBias("symmetric"), hasBias("asymmetric"), hasBias("dead-zone")]; // => [false, true, true]
 * ```
 */
export function hasBias(scheme: Scheme): boolean {
  return scheme !== "symmetric";
}

/**
 * Describes how rows of weights are packed. The layout is part of the file format: docs/spec/packed-rows.md.
 *
 * @units symmetric, 2..16 bits: weight = (code − 2^(bits−1)) × scale;
 *        symmetric, 1 bit: weight = (2·code − 1) × scale;
 *        asymmetric: weight = code × scale + bias, each operation rounded to f32;
 *        dead-zone, dead-zone-log, 2..8 bits: weight = level of the code, {@link deadZoneLevels}: `scale` holds the top
 *        level, `bias` the threshold
 * @source DQRM §3.1 (symmetric, one scale per table); FBGEMM EmbeddingSpMDMNBit (asymmetric, per row)
 */
export interface RowFormat {
  readonly bits: BitWidth;
  /** Weights per row. */
  readonly cols: number;
  readonly scheme: Scheme;
  readonly granularity: ScaleGranularity;
}

/**
 * Holds packed rows of integer codes with their scales; data without methods.
 *
 * Codes are stored unsigned, low bits first, and may straddle bytes; each row starts on a byte.
 *
 * @shape codes u8[rows × rowBytes(format)], scale f32[scaleCount(format, rows)], bias f32[as scale, or 0 when symmetric]
 */
export interface PackedRows {
  readonly format: RowFormat;
  readonly rows: number;
  readonly codes: Uint8Array;
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

/** A row wider than this is a mistake or an attack; formats refuse it before they allocate. */
export const MAX_COLS: number = 1 << 16;

/** A table longer than this cannot be indexed by the 32-bit indices of {@link Jagged} bags. */
export const MAX_ROWS: number = 2 ** 31 - 1;

/**
 * Counts the bytes that one packed row occupies; the last byte may be partly unused.
 *
 * @source docs/spec/packed-rows.md
 *
 * ```ts doctest
 * import { rowBytes } from "@dqrm/core";
 * rowBytes({ bits: 4, cols: 3 }); // => 2
 * rowBytes({ bits: 3, cols: 16 }); // => 6
 * ```
 */
export function rowBytes(format: Pick<RowFormat, "bits" | "cols">): number {
  return Math.ceil((format.cols * format.bits) / 8);
}

/**
 * Counts the scales that a table of `rows` rows carries.
 *
 * ```ts doctest
 * import { scaleCount } from "@dqrm/core";
 * scaleCount({ cols: 16, granularity: { kind: "group", groupCols: 8 } }, 10); // => 20
 * scaleCount({ cols: 16, granularity: { kind: "table" } }, 10); // => 1
 * ```
 */
export function scaleCount(format: Pick<RowFormat, "cols" | "granularity">, rows: number): number {
  switch (format.granularity.kind) {
    case "table":
      return 1;
    case "row":
      return rows;
    case "group":
      return rows * Math.ceil(format.cols / format.granularity.groupCols);
  }
}

/**
 * Checks a format that came from outside, before anything is sized by it.
 *
 * @throws VALUE when bits, scheme, granularity or a count is not allowed; LIMIT when cols exceeds MAX_COLS
 *
 * ```ts doctest
 * import { checkRowFormat } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "row" } } as const;
 * checkRowFormat("open", format); // => undefined
 * ```
 */
export function checkRowFormat(op: string, format: RowFormat): void {
  const { bits, cols, granularity, scheme } = format;
  if (!BIT_WIDTHS.includes(bits)) {
    throw new DqrmError("VALUE", { op, what: "bits", expected: BIT_WIDTHS.join(", "), actual: String(bits) });
  }
  if (!Number.isInteger(cols) || cols < 1) {
    throw new DqrmError("VALUE", { op, what: "cols", expected: "an integer >= 1", actual: String(cols) });
  }
  if (cols > MAX_COLS)
    throw new DqrmError("LIMIT", { what: `${op} cols`, limit: "MAX_COLS", maximum: MAX_COLS, actual: cols });
  if (!SCHEMES.includes(scheme)) {
    throw new DqrmError("VALUE", {
      op,
      what: "scheme",
      expected: SCHEMES.join(", "),
      actual: scheme,
    });
  }
  if (isDeadZone(scheme) && !isDeadZoneWidth(bits)) {
    throw new DqrmError("VALUE", { op, what: `bits of ${scheme}`, expected: "2 to 8", actual: String(bits) });
  }
  if (granularity.kind === "group") {
    const { groupCols } = granularity;
    if (!Number.isInteger(groupCols) || groupCols < 1) {
      throw new DqrmError("VALUE", {
        op,
        what: "groupCols",
        expected: "an integer >= 1",
        actual: String(groupCols),
      });
    }
  }
}

/**
 * Allocates zeroed packed rows for a format.
 *
 * @throws VALUE or LIMIT as {@link checkRowFormat}; LIMIT when rows exceeds MAX_ROWS
 *
 * ```ts doctest
 * import { allocateRows } from "@dqrm/core";
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * allocateRows(format, 10).codes.length; // => 80
 * ```
 */
export function allocateRows(format: RowFormat, rows: number): PackedRows {
  checkRowFormat("allocateRows", format);
  if (!Number.isInteger(rows) || rows < 0) {
    throw new DqrmError("VALUE", {
      op: "allocateRows",
      what: "rows",
      expected: "an integer >= 0",
      actual: String(rows),
    });
  }
  if (rows > MAX_ROWS)
    throw new DqrmError("LIMIT", {
      what: "allocateRows rows",
      limit: "MAX_ROWS",
      maximum: MAX_ROWS,
      actual: rows,
    });
  const scales = scaleCount(format, rows);
  return {
    format,
    rows,
    codes: new Uint8Array(rows * rowBytes(format)),
    scale: new Float32Array(scales),
    bias: new Float32Array(hasBias(format.scheme) ? scales : 0),
  };
}
