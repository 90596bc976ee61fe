import { createDenseSink, lowRank, randomK, rowCodec, topK, type SectionedCodec } from "@dqrm/comm";
import {
  createRandom,
  createRowGradient,
  VALUE_CODING_NUMBERS,
  type RowGradient,
  type ScaleGroups,
  type ValueCodingName,
} from "@dqrm/core";
import { expect, test } from "vitest";

const ROWS = 40;
const COLS = 5;

/** Neighbours of so different magnitudes that a scale they share shows in float16 too. */
function gradient(begin: number, end: number): RowGradient {
  const whole = createRowGradient(COLS, end - begin);
  whole.count = end - begin;
  for (let row = begin; row < end; row++) {
    const random = createRandom({ seed: 3, stream: row });
    whole.rows[row - begin] = row;
    for (let c = 0; c < COLS; c++)
      whole.values[(row - begin) * COLS + c] = random.normal() * 2 ** (-40 * (row % 2));
  }
  return whole;
}

/** Gives what a reader gets of rows that are sent in parts. */
function decoded(codec: SectionedCodec, parts: readonly RowGradient[]): Float32Array {
  const sum = new Float32Array(ROWS * COLS);
  for (const part of parts) {
    const out = new Uint8Array(codec.maxBytes(part.count, COLS));
    const bytes = codec.encode(part, out, { seed: 1, stream: 2 });
    codec.decode(out.subarray(0, bytes), createDenseSink(sum, ROWS, COLS));
  }
  return sum;
}

const isApartTheSame = (codec: SectionedCodec): boolean => {
  const together = decoded(codec, [gradient(0, ROWS)]);
  const apart = decoded(codec, [gradient(0, 13), gradient(13, 14), gradient(14, ROWS)]);
  return together.every((value, i) => Object.is(value, apart[i]));
};

const CODINGS = Object.keys(VALUE_CODING_NUMBERS).filter(
  (name): name is ValueCodingName => name in VALUE_CODING_NUMBERS,
);
const GROUPS: readonly ScaleGroups[] = [{ kind: "tensor" }, { kind: "row" }, { kind: "block", values: 16 }];

test.each(CODINGS.flatMap((values) => GROUPS.map((scale) => ({ values, scale }))))(
  "rows of %o decode apart to what they are together just where the codec says so",
  ({ scale, values }) => {
    for (const rounding of ["nearest", "stochastic"] as const) {
      if (rounding === "stochastic" && !["int16", "int8", "int4", "ternary"].includes(values)) continue;
      const codec = rowCodec({ values, scale, rounding, entropy: true });

      expect(isApartTheSame(codec)).toBe(codec.section.rowwise === true);
    }
  },
);

test.each([
  topK({ share: 0.1, values: "float32", rounding: "nearest", entropy: false }),
  randomK({ share: 0.1 }),
  lowRank({ rank: 2, values: "float32" }),
])("$name does not say that rows may be sent apart", ({ section }) => {
  expect(section.rowwise).toBeUndefined();
});
