import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allocateRows,
  createKernels,
  deadZoneLevels,
  reference,
  type BitWidth,
  type PackedRows,
  type Rounding,
} from "@dqrm/core";
import { bitsOf, tableCases, type TableCase } from "./arbitrary-table.ts";

const kernels = createKernels([reference]);
const key = { seed: 3, stream: 1 };
const widths: readonly BitWidth[] = [2, 3, 4, 5, 6, 7, 8];
const schemes = ["dead-zone", "dead-zone-log"] as const;
const shares = fc.oneof(fc.constantFrom(0, 1 / 14, 0.5, 1, 3), fc.double({ min: 0, max: 1, noNaN: true }));

/** Packs a table whose thresholds are a share of its tops; `shrink` makes the tops stale, so that weights are clamped. */
function pack(
  { format, rows, weights }: TableCase,
  share: number,
  rounding: Rounding,
  shrink = 1,
): PackedRows {
  const packed = allocateRows(format, rows);
  kernels.prepare("chooseScale", format)(weights, packed.scale, packed.bias, 0, rows);
  packed.bias.set(packed.scale.map((top) => share * top));
  packed.scale.set(packed.scale.map((top) => shrink * top));
  kernels.prepare("quantizeRows", { format, rounding })(weights, packed, key, 0, rows);
  return packed;
}

function unpack(packed: PackedRows): Float32Array {
  const weights = new Float32Array(packed.rows * packed.format.cols);
  kernels.prepare("dequantizeRows", packed.format)(packed, weights, 0, packed.rows);
  return weights;
}

function slotOf({ cols, granularity }: TableCase["format"], element: number): number {
  const row = Math.floor(element / cols);
  if (granularity.kind === "table") return 0;
  if (granularity.kind === "row") return row;
  return row * Math.ceil(cols / granularity.groupCols) + Math.floor((element % cols) / granularity.groupCols);
}

function levelsOf({ format }: TableCase, packed: PackedRows, element: number): readonly number[] {
  const levels = new Float32Array(2 ** format.bits);
  const slot = slotOf(format, element);
  deadZoneLevels(format, packed.scale[slot], packed.bias[slot], levels);
  return [...levels];
}

describe.each(schemes)("quantizing to a %s", (scheme) => {
  it("makes zero of every weight below the threshold, and of none above", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, (table, share) => {
        const packed = pack(table, share, "nearest");

        const codes = new Uint16Array(table.weights.length);
        kernels.prepare("unpackCodes", table.format)(packed.codes, codes, 0, table.rows);

        codes.forEach((code, i) => {
          const weight = table.weights[i];
          const below = weight === 0 || Math.abs(weight) < packed.bias[slotOf(table.format, i)];
          expect(code === 2 ** (table.format.bits - 1)).toBe(below);
        });
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("moves a weight to a level than which no other of its sign is nearer, clamped or not", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, fc.constantFrom(1, 0.3), (table, share, shrink) => {
        const packed = pack(table, share, "nearest", shrink);

        unpack(packed).forEach((level, i) => {
          const weight = table.weights[i];
          const zero = 2 ** (table.format.bits - 1);
          if (weight === 0 || Math.abs(weight) < packed.bias[slotOf(table.format, i)]) {
            expect(Object.is(level, 0)).toBe(true);
            return;
          }
          const levels = levelsOf(table, packed, i);
          const own = weight < 0 ? levels.slice(0, zero) : levels.slice(zero + 1);
          expect(Math.abs(level - weight)).toBe(Math.min(...own.map((each) => Math.abs(each - weight))));
        });
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it("moves a weight between threshold and top by at most half the widest step", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, (table, share) => {
        const packed = pack(table, share, "nearest");

        unpack(packed).forEach((level, i) => {
          const slot = slotOf(table.format, i);
          const [top, threshold] = [packed.scale[slot], packed.bias[slot]];
          const weight = Math.abs(table.weights[i]);
          if (weight === 0 || weight < threshold || top < threshold) return;
          const positive = levelsOf(table, packed, i).slice(2 ** (table.format.bits - 1) + 1);
          const steps = positive.slice(1).map((each, k) => (each - positive[k]) / 2);
          const widest = Math.max(positive[0] - threshold, ...steps);
          expect(Math.abs(Math.abs(level) - weight)).toBeLessThanOrEqual(widest);
        });
      }),
      { seed: 13, numRuns: 300 },
    );
  });

  it.each(["nearest", "stochastic"] as const)("is idempotent, %s", (rounding) => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, fc.constantFrom(1, 0.3), (table, share, shrink) => {
        const packed = pack(table, share, rounding, shrink);
        const again: PackedRows = { ...packed, codes: new Uint8Array(packed.codes.length) };

        kernels.prepare("quantizeRows", { format: table.format, rounding })(
          unpack(packed),
          again,
          key,
          0,
          table.rows,
        );

        expect(again.codes).toEqual(packed.codes);
      }),
      { seed: 14, numRuns: 300 },
    );
  });

  it("is monotone: a larger weight never gets a smaller level", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, fc.constantFrom(1, 0.3), (table, share, shrink) => {
        const oneScale = { ...table, format: { ...table.format, granularity: { kind: "table" } as const } };
        const levels = unpack(pack(oneScale, share, "nearest", shrink));

        const order = [...table.weights.keys()].sort((a, b) => table.weights[a] - table.weights[b]);

        order.slice(1).forEach((i, k) => {
          expect(levels[i]).toBeGreaterThanOrEqual(levels[order[k]]);
        });
      }),
      { seed: 15, numRuns: 300 },
    );
  });

  it("stochastically takes one of the two levels around a weight, and zero only below the threshold", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, (table, share) => {
        const packed = pack(table, share, "stochastic");
        const nearest = unpack(pack(table, share, "nearest"));

        unpack(packed).forEach((level, i) => {
          const weight = table.weights[i];
          const levels = levelsOf(table, packed, i).slice(1);
          const zero = levels.length >> 1;
          expect(level === 0 && levels[zero + 1] > 0).toBe(nearest[i] === 0 && levels[zero + 1] > 0);
          if (level === 0) return;
          const own = (weight < 0 ? levels.slice(0, zero) : levels.slice(zero + 1)).map(Math.abs);
          const magnitude = Math.abs(weight);
          const below = Math.max(...own.filter((each) => each <= magnitude), Math.min(...own));
          const above = Math.min(...own.filter((each) => each >= magnitude), Math.max(...own));
          expect([below, above]).toContain(Math.abs(level));
        });
      }),
      { seed: 16, numRuns: 300 },
    );
  });

  it("fake-quantizes as quantizing and dequantizing do, bit for bit, in place", () => {
    fc.assert(
      fc.property(tableCases(scheme, widths), shares, fc.constantFrom(1, 0.3), (table, share, shrink) => {
        const packed = pack(table, share, "nearest", shrink);
        const weights = table.weights.slice();

        kernels.prepare("fakeQuantizeRows", table.format)(
          weights,
          packed.scale,
          packed.bias,
          weights,
          0,
          table.rows,
        );

        expect(bitsOf(weights)).toEqual(bitsOf(unpack(packed)));
      }),
      { seed: 17, numRuns: 300 },
    );
  });
});

it("stochastic rounding above the threshold is unbiased: the mean of many is the weight", () => {
  const cols = 20_000;
  const format = { bits: 4, cols, scheme: "dead-zone", granularity: { kind: "table" } } as const;
  const packed = allocateRows(format, 1);
  packed.scale[0] = 14;
  packed.bias[0] = 1;

  kernels.prepare("quantizeRows", { format, rounding: "stochastic" })(
    new Float32Array(cols).fill(4.5),
    packed,
    key,
    0,
    1,
  );

  // Levels 4 and 6: the deviation of one is at most 1; six standard errors.
  const mean = unpack(packed).reduce((sum, weight) => sum + weight, 0) / cols;
  expect(Math.abs(mean - 4.5)).toBeLessThan(6 / Math.sqrt(cols));
});
