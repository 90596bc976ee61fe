import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  allocateTableState,
  createArena,
  deadZoneLevels,
  packTable,
  type BitWidth,
  type PackedRows,
  type TableQuantization,
  type TableSpec,
  type TableState,
} from "../../../src/index.ts";
import { tableCases, type TableCase } from "../../reference/arbitrary-table.ts";
import { kernels } from "./trained-model.ts";

const everyStep = { kind: "every-step" } as const;
const RUNS = { seed: 1, numRuns: 200 } as const;

/** What the forward pass sees of a table, and how it is packed. */
interface Seen {
  readonly weights: Float32Array;
  readonly packed: PackedRows | Float32Array;
}

function tableOf({ format, rows }: TableCase, quantization: TableQuantization): TableSpec {
  return { name: "item", rows, cols: format.cols, quantization, poolingWeights: "none" };
}

function stateOf(table: TableSpec, weights: Float32Array): TableState {
  const state = allocateTableState(table, { kind: "sgd" }, createArena(1 << 12));
  state.weights.set(weights);
  return state;
}

function see(table: TableSpec, state: TableState): Seen {
  const packed = packTable(table, state, kernels);
  if (packed instanceof Float32Array) return { weights: packed, packed };
  const weights = new Float32Array(table.rows * table.cols);
  kernels.prepare("dequantizeRows", packed.format)(packed, weights, 0, table.rows);
  return { weights, packed };
}

const absmax = (weights: Float32Array): number => Math.max(1e-8, ...weights.map(Math.abs));

/** Pairs of weights in rising order, each with what stands for it. */
function inOrder(weights: Float32Array, seen: Float32Array): readonly (readonly [number, number])[] {
  return [...weights].map((weight, i) => [weight, seen[i]] as const).sort(([a], [b]) => a - b);
}

function expectMonotone(weights: Float32Array, seen: Float32Array): void {
  const pairs = inOrder(weights, seen);
  for (let i = 1; i < pairs.length; i++) expect(pairs[i][1]).toBeGreaterThanOrEqual(pairs[i - 1][1]);
}

const zeroOneBits = (bits: BitWidth): 2 | 3 | 4 | 5 | 6 | 7 | 8 => (bits === 1 || bits === 16 ? 4 : bits);

describe.each(["uniform", "log"] as const)("a dead zone with %s levels", (levels) => {
  const cases = fc.record({
    table: tableCases("symmetric"),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const zoneOf = (bits: BitWidth, fraction: number): TableQuantization => ({
    kind: "dead-zone",
    bits: zeroOneBits(bits),
    threshold: { kind: "relative", fraction },
    levels,
    refresh: everyStep,
  });

  test("is zero below the threshold and within half a gap of every weight above it", () => {
    fc.assert(
      fc.property(cases, ({ fraction, table }) => {
        const spec = tableOf(table, zoneOf(table.format.bits, fraction));
        const { packed, weights } = see(spec, stateOf(spec, table.weights));
        if (packed instanceof Float32Array) throw new Error("not packed");
        const [top, threshold] = [packed.scale[0], packed.bias[0]];
        expect([top, threshold]).toEqual([
          Math.fround(absmax(table.weights)),
          Math.fround(fraction * Math.fround(absmax(table.weights))),
        ]);
        const known = new Float32Array(2 ** packed.format.bits);
        deadZoneLevels(packed.format, top, threshold, known);
        const magnitudes = [...known.slice(known.length / 2 + 1)];

        table.weights.forEach((weight, i) => {
          const magnitude = Math.abs(weight);
          if (magnitude < threshold || magnitude === 0) {
            expect(Math.abs(weights[i])).toBe(0);
            return;
          }
          const nearest = Math.min(...magnitudes.map((level) => Math.abs(level - magnitude)));
          expect(Math.abs(Math.abs(weights[i]) - magnitude)).toBe(nearest);
          expect(Math.sign(weights[i]) * Math.sign(weight)).not.toBe(-1);
        });
      }),
      RUNS,
    );
  });

  test("is monotone, and changes nothing the second time", () => {
    fc.assert(
      fc.property(cases, ({ fraction, table }) => {
        const spec = tableOf(table, zoneOf(table.format.bits, fraction));
        const once = see(spec, stateOf(spec, table.weights)).weights;

        const twice = see(spec, stateOf(spec, once)).weights;

        expectMonotone(table.weights, once);
        expect(twice).toEqual(once);
      }),
      RUNS,
    );
  });
});

test("floats above a dead zone are exact, and zero below it", () => {
  fc.assert(
    fc.property(tableCases("symmetric"), fc.double({ min: 0, max: 1, noNaN: true }), (table, value) => {
      const spec = tableOf(table, {
        kind: "dead-zone",
        bits: 32,
        threshold: { kind: "absolute", value },
        levels: "log",
        refresh: everyStep,
      });

      const { weights } = see(spec, stateOf(spec, table.weights));

      const expected = table.weights.map((weight) => (Math.abs(weight) < Math.fround(value) ? 0 : weight));
      expect(weights).toEqual(expected);
    }),
    RUNS,
  );
});

test("rows that too few steps touched are zero, and change nothing in the others", () => {
  fc.assert(
    fc.property(
      tableCases("symmetric"),
      fc.array(fc.nat({ max: 4 }), { minLength: 4, maxLength: 4 }),
      (table, counts) => {
        const zone = { kind: "dead-zone", bits: 5, levels: "log", refresh: everyStep } as const;
        const fraction = 0.1;
        const rare = tableOf(table, { ...zone, threshold: { kind: "frequency", minTouches: 2, fraction } });
        const all = tableOf(table, { ...zone, threshold: { kind: "relative", fraction } });
        const state = stateOf(rare, table.weights);
        state.touches.set(counts.slice(0, table.rows));

        const { weights } = see(rare, state);

        const whole = see(all, stateOf(all, table.weights)).weights;
        const { cols } = rare;
        expect(weights).toEqual(whole.map((weight, i) => (counts[Math.floor(i / cols)] < 2 ? 0 : weight)));
      },
    ),
    RUNS,
  );
});

describe("DoReFa over a table's range", () => {
  test("is monotone, spans the range, and is within half a step of the tanh of each weight", () => {
    fc.assert(
      fc.property(tableCases("asymmetric"), (table) => {
        const { bits } = table.format;
        const spec = tableOf(table, { kind: "dorefa", bits, range: "table", refresh: everyStep });

        const { weights } = see(spec, stateOf(spec, table.weights));

        const peak = absmax(table.weights);
        const step = (2 * peak) / (2 ** bits - 1);
        table.weights.forEach((weight, i) => {
          const squashed = (Math.tanh(weight) * peak) / Math.tanh(peak);
          // Beside half a step: the f32 roundings of tanh, 1/step, x, code·step and the sum, in magnitudes up to 2·peak.
          expect(Math.abs(weights[i] - squashed)).toBeLessThanOrEqual(step / 2 + 8 * 2 ** -23 * peak);
        });
        expectMonotone(table.weights, weights);
      }),
      RUNS,
    );
  });
});

describe("a learned step", () => {
  const cases = fc.record({
    table: tableCases("symmetric", [2, 3, 4, 8]),
    step: fc.double({ min: 0.01, max: 1, noNaN: true }),
  });

  test("is monotone, within half a step of weights inside its codes, and changes nothing the second time", () => {
    fc.assert(
      fc.property(cases, ({ step, table }) => {
        const { bits } = table.format;
        const spec = tableOf(table, { kind: "learned-step", bits, step: { kind: "gradient" } });
        const state = stateOf(spec, table.weights);
        state.scale[0] = step;
        const once = see(spec, state).weights;
        const again = stateOf(spec, once);
        again.scale[0] = step;

        const twice = see(spec, again).weights;

        const [low, high] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1].map((code) => code * state.scale[0]);
        table.weights.forEach((weight, i) => {
          const inside = Math.min(high, Math.max(low, weight));
          // Beside half a step: the f32 roundings of 1/step, x and code·step, in magnitudes up to the codes' range.
          const rounding = 3 * 2 ** -24 * Math.abs(low);
          expect(Math.abs(once[i] - inside)).toBeLessThanOrEqual(state.scale[0] / 2 + rounding);
        });
        expectMonotone(table.weights, once);
        expect(twice).toEqual(once);
      }),
      RUNS,
    );
  });
});
