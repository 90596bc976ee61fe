import { rowCodec, topK, type SectionCodec } from "@dqrm/comm";
import { createRandom, createRowGradient, type ValueCodingName } from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

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

function expectKnown(section: SectionCodec): void {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(),
      (count, cols, seed) => {
        const random = createRandom({ seed, stream: 0 });
        const gradient = createRowGradient(cols, count);
        gradient.count = count;
        // Descending, so that the sender has to sort.
        for (let i = 0; i < count; i++) gradient.rows[i] = 3 * (count - i);
        for (let i = 0; i < count * cols; i++)
          gradient.values[i] = random.integer(3) === 0 ? 0 : random.normal();
        const key = { seed, stream: 1 };
        const out = new Uint8Array(5 + section.maxBodyBytes(count, cols));
        const same = new Uint8Array(out.length);
        const [known, read] = [createRowGradient(cols, 0), createRowGradient(cols, 0)];

        const end = section.encodeKnowing?.(gradient, out, 5, { key, target: known }) ?? 0;
        expect(section.encodeBody(gradient, same, 5, key)).toBe(end);
        section.decodeBody({ bytes: out, begin: 5, end, count, cols, rows: 1000 }, read);

        expect(out.subarray(0, end)).toEqual(same.subarray(0, end));
        expect([...known.rows.subarray(0, known.count)]).toEqual([...read.rows.subarray(0, read.count)]);
        expect(known.values.subarray(0, count * cols)).toEqual(read.values.subarray(0, count * cols));
      },
    ),
  );
}

describe.each(CODINGS)("what a sender of %s knows of what arrives", (values) => {
  test.each([true, false])("is what a reader gets, with bytes coded by frequency: %s", (entropy) => {
    expectKnown(rowCodec({ values, scale: { kind: "row" }, rounding: "nearest", entropy }).section);
  });

  test("is what a reader gets of the largest values", () => {
    expectKnown(topK({ share: 0.2, values, rounding: "nearest", entropy: true }).section);
  });
});
