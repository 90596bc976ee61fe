import { readFileSync } from "node:fs";
import { allocateRows, type PackedRows } from "@dqrm/core";
import {
  asFbgemmRows,
  decodeFbgemmRows,
  dequantizeTable,
  encodeFbgemmRows,
  fbgemmRowBytes,
  fusedFbgemmRows,
  greedyRange,
  GUAN_GREEDY,
  quantizeFbgemmTable,
  quantizeTable,
  roundScalesToHalf,
  tableBatchedFbgemmRows,
  viewRows,
  type FbgemmLayout,
} from "@dqrm/quant";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tables } from "./codes.ts";

/** Holds what PyTorch made of weights; see golden/PROVENANCE.md. */
interface Golden {
  readonly cols: number;
  readonly weights: readonly number[];
  readonly bytes: Readonly<Record<"2" | "4" | "8" | "2 optimized" | "4 optimized", readonly number[]>>;
  readonly unpacked: Readonly<Record<"2" | "4" | "8", readonly number[]>>;
}

// The cast is proved by the tests, which would fail on any other shape.
const golden = JSON.parse(
  readFileSync(new URL("golden/fbgemm-rows.json", import.meta.url), "utf8"),
) as Golden;
const { cols } = golden;
const weights = Float32Array.from(golden.weights);
const rows = weights.length / cols;

function squaredError(row: number, packed: PackedRows): number {
  const back = dequantizeTable(packed);
  let sum = 0;
  for (let i = row * cols; i < (row + 1) * cols; i++) sum += (back[i] - weights[i]) ** 2;
  return sum;
}

describe.each([2, 4, 8] as const)("at %i bits", (bits) => {
  const layout = fusedFbgemmRows(bits, cols);

  test("a table becomes the bytes that PyTorch makes of it", () => {
    const packed = quantizeFbgemmTable(weights, rows, { bits, cols });

    expect([...encodeFbgemmRows(packed, layout)]).toEqual(golden.bytes[bits]);
  });

  test("PyTorch's bytes are read as the weights that PyTorch reads", () => {
    const packed = decodeFbgemmRows("golden", Uint8Array.from(golden.bytes[bits]), layout);

    const back = dequantizeTable(packed);

    // PyTorch may fuse code × scale + bias into one rounding; the product and the sum are each off by half an ulp at most.
    golden.unpacked[bits].forEach((expected, i) => {
      const row = Math.floor(i / cols);
      const magnitude = 2 ** bits * Math.abs(packed.scale[row]) + Math.abs(packed.bias[row]);
      expect(Math.abs(back[i] - expected)).toBeLessThanOrEqual(magnitude * 2 ** -23);
    });
  });

  test("rows that were read are written as the same bytes", () => {
    const bytes = Uint8Array.from(golden.bytes[bits]);

    expect(encodeFbgemmRows(decodeFbgemmRows("golden", bytes, layout), layout)).toEqual(bytes);
  });
});

test.each([2, 4] as const)(
  "the greedy search loses no more than PyTorch's at %i bits, row for row",
  (bits) => {
    const range = greedyRange({ bits, scheme: "asymmetric", scales: "half" }, GUAN_GREEDY);
    const bytes = Uint8Array.from(golden.bytes[`${bits} optimized`]);
    const theirs = decodeFbgemmRows("golden", bytes, fusedFbgemmRows(bits, cols));

    const ours = quantizeFbgemmTable(weights, rows, { bits, cols }, { range });

    for (let row = 0; row < rows; row++) {
      // The path of both searches is the same but for rounding of the bounds to f32 at each of up to 32 steps.
      const slack = 1 + 32 * 2 ** -10;
      expect(squaredError(row, ours)).toBeLessThanOrEqual(squaredError(row, theirs) * slack);
    }
  },
);

test("four weights at 4 bits, by hand", () => {
  // half(0.1) = 0x2e66 = 0.0999755859375; (0.45 − that)/15 = 0.02333496 → 0x25f9 = 1529 · 2^−16 = 0.0233306884765625;
  // (0.29832 − 0.0999756)/0.0233307 = 8.5014 → 9, where the unrounded scale gives (0.29832 − 0.1)/0.0233333 = 8.4994 → 8.
  const row = Float32Array.of(0.1, 0.29832, 0.45, 0.1);

  const packed = quantizeFbgemmTable(row, 1, { bits: 4, cols: 4 });

  expect([...encodeFbgemmRows(packed, fusedFbgemmRows(4, 4))]).toEqual([0x90, 0x0f, 0xf9, 0x25, 0x66, 0x2e]);
  const plain = { bits: 4, cols: 4, scheme: "asymmetric", granularity: { kind: "row" } } as const;
  expect([...quantizeTable(row, 1, plain, { rounding: "nearest" }).codes]).toEqual([0x80, 0x0f]);
});

test("two rows at 8 bits, from the example in PyTorch's own source", () => {
  // qembeddingbag_prepack.cpp: weights [[10, 20], [30, 40]] have the scale 10/255 = 0x3d20a0a1 and the biases 10 and 30.
  const packed = quantizeFbgemmTable(Float32Array.of(10, 20, 30, 40), 2, { bits: 8, cols: 2 });

  expect([...encodeFbgemmRows(packed, fusedFbgemmRows(8, 2))]).toEqual(
    [
      [0, 255, 0xa1, 0xa0, 0x20, 0x3d, 0, 0, 0x20, 0x41],
      [0, 255, 0xa1, 0xa0, 0x20, 0x3d, 0, 0, 0xf0, 0x41],
    ].flat(),
  );
});

test("table-batched rows have scale and bias first, and zeros up to the alignment", () => {
  const packed = quantizeFbgemmTable(Float32Array.of(-1, 0, 7, 14), 1, { bits: 4, cols: 4 });

  const bytes = encodeFbgemmRows(packed, tableBatchedFbgemmRows(4, 4, 16));

  // Scale 1 = 0x3c00, bias −1 = 0xbc00, codes 0 1 8 15 with the first in the low bits.
  expect([...bytes]).toEqual([0x00, 0x3c, 0x00, 0xbc, 0x10, 0xf8, ...new Array<number>(10).fill(0)]);
});

test("padding is not looked at", () => {
  const layout = tableBatchedFbgemmRows(4, 4, 16);
  const packed = quantizeFbgemmTable(Float32Array.of(-1, 0, 7, 14), 1, { bits: 4, cols: 4 });
  const bytes = encodeFbgemmRows(packed, layout);
  bytes.fill(0xff, 6);

  expect(decodeFbgemmRows("padded", bytes, layout)).toEqual(packed);
});

const layouts: fc.Arbitrary<FbgemmLayout> = fc
  .record({
    bits: fc.constantFrom(2 as const, 4 as const, 8 as const),
    bytes: fc.integer({ min: 1, max: 5 }),
    scales: fc.constantFrom("half" as const, "float" as const),
    place: fc.constantFrom("first" as const, "last" as const),
    rowAlignment: fc.constantFrom(1, 4, 16),
  })
  .map(({ bytes, ...layout }) => ({ ...layout, cols: (bytes * 8) / layout.bits }));

test("any rows survive writing and reading in any layout", () => {
  fc.assert(
    fc.property(
      layouts,
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 9 }),
      (layout, count, k) => {
        const table = Float32Array.from({ length: count * layout.cols }, (_, i) => Math.sin(k * i) * k);
        const exact = quantizeFbgemmTable(table, count, layout);
        const packed = layout.scales === "half" ? roundScalesToHalf(exact) : exact;

        const bytes = encodeFbgemmRows(packed, layout);

        expect(bytes.length).toBe(count * fbgemmRowBytes(layout));
        expect(decodeFbgemmRows("round trip", bytes, layout)).toEqual(packed);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test("a long table is written piece by piece as in one", () => {
  const packed = quantizeFbgemmTable(weights, rows, { bits: 4, cols });
  const layout = fusedFbgemmRows(4, cols);

  const pieces = [viewRows(packed, 0, 5), viewRows(packed, 5, rows)].map((part) =>
    encodeFbgemmRows(part, layout),
  );

  expect(pieces.flatMap((piece) => [...piece])).toEqual([...encodeFbgemmRows(packed, layout)]);
});

test("rows of any scheme keep their codes and, but for rounding, their weights on the way to FBGEMM", () => {
  const fitting = tables.filter(
    ({ format }) => [2, 4, 8].includes(format.bits) && format.granularity.kind !== "group",
  );
  fc.assert(
    fc.property(fitting, ({ format, rows: count, weights: table }) => {
      const packed = quantizeTable(table, count, format, { rounding: "nearest" });

      const given = asFbgemmRows(packed);

      expect(given.codes).toBe(packed.codes);
      const [before, after] = [dequantizeTable(packed), dequantizeTable(given)];
      before.forEach((weight, i) => {
        const scale = given.scale[Math.floor(i / format.cols)];
        // code × scale and its sum with the bias are below 2^bits × scale and rounded once each.
        const slack = format.scheme === "asymmetric" ? 0 : 2 ** format.bits * scale * 2 ** -23;
        expect(Math.abs(after[i] - weight)).toBeLessThanOrEqual(slack);
      });
    }),
    { seed: 1, numRuns: 300 },
  );
});

describe("refuses", () => {
  const packed = quantizeFbgemmTable(Float32Array.of(0, 1, 2, 3), 1, { bits: 4, cols: 4 });
  const layout = fusedFbgemmRows(4, 4);

  test.each([
    ["bits", { ...layout, bits: 3 }],
    ["cols", { ...layout, cols: 3 }],
    ["scales", { ...layout, scales: "double" }],
    ["place", { ...layout, place: "middle" }],
    ["rowAlignment", { ...layout, rowAlignment: 0 }],
    ["rowAlignment", { ...layout, rowAlignment: 2 ** 31 }],
  ])("a layout with wrong %s", (what, wrong) => {
    // The cast stands for a caller who does not check types.
    expect(() => fbgemmRowBytes(wrong as FbgemmLayout)).toThrow(`fbgemm rows: ${what} is `);
  });

  test("bytes that are no whole number of rows, and says where they end", () => {
    expect(() => decodeFbgemmRows("cut.bin", new Uint8Array(13), layout)).toThrow(
      "cut.bin: at byte 12 found 1 bytes, expected rows of 6 bytes",
    );
  });

  test.each([
    ["an infinite scale", [0, 0, 0x00, 0x7c, 0, 0], 2],
    ["a bias that is no number", [0, 0, 0x00, 0x3c, 0x01, 0x7e], 4],
  ])("%s, with its place", (_, bytes, offset) => {
    expect(() => decodeFbgemmRows("shop.bin", Uint8Array.from(bytes), layout)).toThrow(
      `shop.bin: at byte ${offset} found`,
    );
  });

  test("to round a scale in silence", () => {
    const float = { ...packed, scale: Float32Array.of(0.1) };

    expect(() => encodeFbgemmRows(float, layout)).toThrow(expect.objectContaining({ code: "VALUE" }));
    expect(() => encodeFbgemmRows(roundScalesToHalf(float), layout)).not.toThrow();
  });

  test("a scale that is no number", () => {
    expect(() => encodeFbgemmRows({ ...packed, bias: Float32Array.of(NaN) }, layout)).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });

  test("rows of another format, or with parts missing", () => {
    const symmetric = { ...packed, format: { ...packed.format, scheme: "symmetric" as const } };

    expect(() => encodeFbgemmRows(packed, fusedFbgemmRows(4, 8))).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
    expect(() => encodeFbgemmRows({ ...symmetric, bias: new Float32Array(0) }, layout)).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
    expect(() => encodeFbgemmRows({ ...packed, rows: 2 }, layout)).toThrow(
      expect.objectContaining({ code: "SHAPE" }),
    );
  });

  test("scales of groups, widths and levels that FBGEMM lacks", () => {
    const group = {
      bits: 4,
      cols: 4,
      scheme: "symmetric",
      granularity: { kind: "group", groupCols: 2 },
    } as const;
    const three = { bits: 3, cols: 4, scheme: "symmetric", granularity: { kind: "row" } } as const;

    const zone = { bits: 4, cols: 4, scheme: "dead-zone", granularity: { kind: "row" } } as const;

    for (const format of [group, three, zone]) {
      const table = allocateRows(format, 1);
      expect(() => asFbgemmRows(table)).toThrow(expect.objectContaining({ code: "VALUE" }));
    }
  });

  test("weights that halves cannot hold, and weights that are no numbers", () => {
    expect(() => quantizeFbgemmTable(Float32Array.of(-1e5, 0), 1, { bits: 4, cols: 2 })).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
    expect(() => quantizeFbgemmTable(Float32Array.of(0, 1e6), 1, { bits: 4, cols: 2 })).toThrow(
      expect.objectContaining({ code: "VALUE" }),
    );
    expect(() => quantizeFbgemmTable(Float32Array.of(0, Infinity), 1, { bits: 8, cols: 2 })).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
    expect(() => quantizeFbgemmTable(Float32Array.of(-3e38, 3e38), 1, { bits: 8, cols: 2 })).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
    expect(() => quantizeFbgemmTable(new Float32Array(3), 1, { bits: 8, cols: 2 })).toThrow(
      expect.objectContaining({ code: "SHAPE" }),
    );
  });
});
