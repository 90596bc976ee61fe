import type { ScaleGroups, ValueCodingName, ValueFormat } from "../format/value-format.ts";
import type { EncodeValuesSpec } from "../kernel/ops.ts";
import { createRandom } from "../random/random.ts";
import type { RandomKey } from "../random/threefry.ts";
import { fillDraws } from "../reference/values/draws.ts";
import { floatsFrom, normals } from "./memory.ts";

const CODINGS: readonly ValueCodingName[] = [
  "float32",
  "bfloat16",
  "float16",
  "int16",
  "int8",
  "int4",
  "ternary",
  "sign",
];

const GROUPS: readonly ScaleGroups[] = [
  { kind: "tensor" },
  { kind: "row" },
  { kind: "block", values: 16 },
  { kind: "block", values: 256 },
];

/** Lists the formats of values that are sent. */
export const SENT_FORMATS: readonly ValueFormat[] = CODINGS.flatMap((values) =>
  GROUPS.map((scale) => ({ values, scale })),
);

/** Lists the ways to encode: only between levels can a value be rounded at random. */
export const ENCODE_SPECS: readonly EncodeValuesSpec[] = SENT_FORMATS.flatMap((format) => {
  const nearest = { ...format, rounding: "nearest" } as const;
  const leveled = ["int16", "int8", "int4", "ternary"].includes(format.values);
  return leveled ? [nearest, { ...format, rounding: "stochastic" }] : [nearest];
});

/** Names a format. */
export function formatLabel({ scale, values }: ValueFormat): string {
  return `${values} ${scale.kind}${scale.kind === "block" ? ` of ${scale.values}` : ""}`;
}

/** Names counts of rows and columns: groups and bytes end within vectors, and rows within groups. */
export const SENT_SHAPES: readonly (readonly [number, number])[] = [
  [0, 3],
  [1, 1],
  [3, 5],
  [7, 16],
  [5, 67],
  [40, 33],
];

/** Numbers that codings find hard: halves between levels, both zeros, the smallest and the largest. */
const HARD = [0, -0, 0.5, -0.5, 1.5, -2.5, 127, -127, 2 ** -149, -(2 ** -140), 2 ** -126, 1e-30, 3];
/** The largest float. */
export const MAX_FLOAT: number = (2 - 2 ** -23) * 2 ** 127;

/** Lists values that fill count × cols: usual ones, hard ones, zeros, and the largest. */
export function sentValues(count: number, cols: number): Readonly<Record<string, Float32Array>> {
  const total = count * cols;
  const usual = normals(9, total, 0.01);
  const hard = floatsFrom(Array.from({ length: total }, (_, i) => HARD[(i * 5) % HARD.length]));
  const zeroRow = usual.slice().fill(0, 0, Math.min(cols, total));
  const large = floatsFrom(Array.from({ length: total }, (_, i) => (i % 3 === 1 ? -MAX_FLOAT : i)));
  return { usual, hard, "a row of zeros": zeroRow, large, zeros: new Float32Array(total) };
}

const LIMITS: Readonly<Partial<Record<ValueCodingName, number>>> = {
  int16: 32_767,
  int8: 127,
  int4: 7,
  ternary: 1,
};

/** A scale that bfloat16 holds, and whose reciprocal errs enough as a float that products with it end on the wrong side of halves. */
const STEP = 255 / 256;

/** Lists values that an encoder is checked with: those of {@link sentValues}, and where the coding has levels those on their brinks. */
export function valuesToEncode(
  spec: EncodeValuesSpec,
  shape: { readonly count: number; readonly cols: number; readonly key: RandomKey },
): readonly (readonly [name: string, values: Float32Array])[] {
  const brinks = brinkValues(spec, shape);
  const all = { ...sentValues(shape.count, shape.cols), ...(brinks.length === 0 ? {} : { brinks }) };
  return Object.entries(all);
}

/**
 * Lists values of which each is where rounding turns, by the draws where it is at random, or next to it; all groups have
 * the same scale. None where a coding has no levels.
 */
function brinkValues(
  spec: EncodeValuesSpec,
  { count, cols, key }: { readonly count: number; readonly cols: number; readonly key: RandomKey },
): Float32Array {
  const limit = LIMITS[spec.values];
  if (limit === undefined) return new Float32Array(0);
  const total = count * cols;
  const draws = new Uint16Array(total);
  if (spec.rounding === "stochastic") fillDraws(key, sentRows(count), { count, cols }, draws);
  const values = floatsFrom(new Float32Array(total));
  const bits = new Int32Array(values.buffer, values.byteOffset, total);
  for (let i = 0; i < total; i++) {
    const level = (i % (2 * limit)) - limit + 1;
    const turn = spec.rounding === "stochastic" ? level - (draws[i] + 0.5) / 2 ** 16 : level - 0.5;
    values[i] = turn * STEP;
    bits[i] += (i % 3) - 1;
    if (i % 16 === 0 || i % cols === 0) values[i] = limit * STEP;
  }
  return values;
}

/** Lists ascending rows, the last near the largest there is: places do not fit 32 bits. */
export function sentRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => (i === count - 1 ? 2 ** 31 - 2 : 3 * i + (i >> 1)));
}

/** Gives bytes of which small ones are frequent, the same every time. */
export function mixedBytes(length: number, seed = 1): Uint8Array {
  const random = createRandom({ seed, stream: 0x62797465 });
  return Uint8Array.from({ length }, () => random.integer(256) >> random.integer(8));
}
