import { isDeadZone, isDeadZoneWidth } from "../format/dead-zone.ts";
import { BIT_WIDTHS, SCHEMES, allocateRows, type PackedRows, type RowFormat } from "../format/row-format.ts";
import { normals } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

/** A format and its short name in case names. */
export interface LabelledFormat {
  readonly format: RowFormat;
  readonly label: string;
}

const GRANULARITIES = [{ kind: "table" }, { kind: "row" }, { kind: "group", groupCols: 5 }] as const;

/** Lists the formats that the kit tries: every width, odd and even columns, every scheme and granularity. */
export const FORMATS: readonly LabelledFormat[] = BIT_WIDTHS.flatMap((bits) =>
  [1, 3, 16, 17].flatMap((cols) =>
    GRANULARITIES.flatMap((granularity) =>
      SCHEMES.map((scheme): RowFormat => ({ bits, cols, scheme, granularity }))
        .filter(isTried)
        .map((format) => ({ format, label: formatLabel(format) })),
    ),
  ),
);

/** Names a format in case names. */
export function formatLabel({ bits, cols, granularity, scheme }: RowFormat): string {
  return `${bits} bit${scheme === "symmetric" ? "" : ` ${scheme}`} per ${granularity.kind} cols=${cols}`;
}

// The common format meets every width and size, the others the most awkward: the full product would only repeat.
function isTried({ bits, cols, granularity, scheme }: RowFormat): boolean {
  if (scheme === "symmetric" && granularity.kind === "table") return true;
  if (isDeadZone(scheme)) {
    if (!isDeadZoneWidth(bits)) return false;
    if (granularity.kind === "table" && bits === 4) return true;
    return cols === 17 && [2, 4, 8].includes(bits);
  }
  return cols === 17 && [1, 3, 4, 8].includes(bits);
}

/** Lists the formats that bags are tried with: every width at one size, every size at 4 bits. */
export const BAG_FORMATS: readonly LabelledFormat[] = FORMATS.filter(
  ({ format: { bits, cols } }) => cols === 17 || bits === 4,
);

/** Packs normally distributed rows by the reference kernels. */
export function packedNormals(format: RowFormat, rows: number, seed: number): PackedRows {
  return packedFrom(format, rows, normals(seed, rows * format.cols));
}

/** Writes the scales that cover rows; the thresholds of a dead zone are an eighth of them. */
export function coverRows(
  format: RowFormat,
  rows: number,
  weights: Float32Array,
  { bias, scale }: Pick<PackedRows, "scale" | "bias">,
): void {
  referenceKernel("chooseScale", format)(weights, scale, bias, 0, rows);
  if (isDeadZone(format.scheme)) bias.set(scale.map((top) => top / 8));
}

/** Packs rows by the reference kernels, with scales that cover them. */
export function packedFrom(format: RowFormat, rows: number, weights: Float32Array): PackedRows {
  const packed = allocateRows(format, rows);
  coverRows(format, rows, weights, packed);
  const quantize = referenceKernel("quantizeRows", { format, rounding: "nearest" });
  quantize(weights, packed, { seed: 0, stream: 0 }, 0, rows);
  return packed;
}
