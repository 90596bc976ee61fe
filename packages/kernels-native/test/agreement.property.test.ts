import {
  allocateRows,
  BIT_WIDTHS,
  isDeadZone,
  isDeadZoneWidth,
  reference,
  SCHEMES,
  type Jagged,
  type KernelBackend,
  type OpFn,
  type OpName,
  type OpSpec,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";

/** Rows of every table; a row repeats often in bags of this many indices. */
const ROWS = 23;
const BAGS = 6;
const SEED = 20;

/** Widths that vectors fill, and some that they do not: kernels take other paths for each. */
const COLS = [1, 4, 5, 8, 16, 24, 32, 33, 64, 128, 256] as const;

/** Widths of whole vectors come often: the kernels for them are many. */
const anyFormat: fc.Arbitrary<RowFormat> = fc.record({
  bits: fc.oneof(fc.constantFrom(4 as const, 8 as const), fc.constantFrom(...BIT_WIDTHS)),
  cols: fc.oneof(fc.constantFrom(16, 32, 64), fc.constantFrom(...COLS)),
  scheme: fc.constantFrom(...SCHEMES),
  granularity: fc.oneof(
    fc.constantFrom({ kind: "table" as const }, { kind: "row" as const }),
    fc.constantFrom({ kind: "table" as const }, { kind: "row" as const }),
    fc.record({ kind: fc.constant("group" as const), groupCols: fc.integer({ min: 1, max: 40 }) }),
  ),
});

const format = anyFormat.filter(({ bits, scheme }) => !isDeadZone(scheme) || isDeadZoneWidth(bits));

/** Eighths lie halfway between the codes of many scales. */
const eighths = fc.integer({ min: -40, max: 40 }).map((n) => n / 8);
const usual = fc.oneof(eighths, fc.float({ min: -2, max: 2, noNaN: true }));
/** Numbers of all sizes, both zeros among them; some have no code, or a scale that overflows. */
const unusual = fc.oneof(
  usual,
  fc.constantFrom(0, -0, 1e-8, -(2 ** -149), 3e38, -1e30, Infinity, Number.NaN),
);
const listOf = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: 5, maxLength: 60, size: "max" });
const numbers = fc.oneof({ weight: 3, arbitrary: listOf(usual) }, { weight: 1, arbitrary: listOf(unusual) });
const scaleNumber = fc.oneof(fc.constantFrom(0.25, 0.5, 1), unusual);

const bags: fc.Arbitrary<Jagged> = fc
  .tuple(
    fc.array(fc.nat(ROWS - 1), { maxLength: 90, size: "max" }),
    fc.array(fc.nat(90), { minLength: BAGS - 1, maxLength: BAGS - 1 }),
    fc.boolean(),
  )
  .map(([indices, cuts, weighted]) => {
    const inside = cuts.map((cut) => Math.min(cut, indices.length)).sort((a, b) => a - b);
    return {
      indices: Int32Array.from(indices),
      offsets: Int32Array.from([0, ...inside, indices.length]),
      ...(weighted ? { weights: Float32Array.from(indices, (_, i) => ((i * 5) % 7) - 2.5) } : {}),
    };
  });

/** Fills an array with drawn numbers, over and over. */
function repeated(numbers: readonly number[], length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => numbers[(i * 7 + (i >> 4)) % numbers.length]);
}

function kernel<K extends OpName>(backend: KernelBackend, op: K, spec: OpSpec<K>): OpFn<K> {
  const prepared = backend.ops[op]?.(spec);
  if (prepared === undefined) throw new Error(`${backend.name} declines ${op}`);
  return prepared;
}

/** Gives what a call left in its result, or the error that it threw: both must be the reference's. */
function outcome(result: ArrayLike<number>, call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return [...Array.from(result)];
}

function pack(rowFormat: RowFormat, weights: Float32Array): PackedRows {
  const packed = allocateRows(rowFormat, ROWS);
  // Weights of which a scale overflows have no codes; the bits of any scale will do then.
  packed.scale.fill(0.3);
  packed.bias.fill(isDeadZone(rowFormat.scheme) ? 0.25 : -0.7);
  for (let i = 0; i < packed.codes.length; i++)
    packed.codes[i] = Math.trunc(weights[i % weights.length] * 977) & 255;
  return packed;
}

for (const isa of ISAS) {
  const backend = await loadUnderTest({ isa, threads: 1 });
  describe.skipIf("unavailable" in backend)(isa, () => {
    if ("unavailable" in backend) return;
    const subjects = [reference, backend] as const;
    const options = { seed: SEED, numRuns: 200 };

    test("packed rows, read alone or in bags, have the reference's bits", () => {
      const property = fc.property(format, bags, numbers, fc.boolean(), (rowFormat, drawn, values, mean) => {
        const { cols } = rowFormat;
        const packed = pack(rowFormat, repeated(values, 997));
        packed.scale.set(repeated(values, packed.scale.length));
        if (mean) packed.bias.set(repeated(values, packed.bias.length).reverse());
        const spec = {
          format: rowFormat,
          pooling: mean ? "mean" : "sum",
          stride: cols + 3,
          offset: 2,
        } as const;
        const [expected, actual] = subjects.map((subject) => {
          const dst = new Float32Array(BAGS * (cols + 3));
          const rows = new Float32Array(ROWS * cols);
          const pool = kernel(subject, "embeddingBagPacked", spec);
          const read = kernel(subject, "dequantizeRows", rowFormat);
          return [
            outcome(dst, () => pool(packed, drawn, dst, 0, BAGS)),
            outcome(rows, () => read(packed, rows, 0, ROWS)),
          ];
        });
        expect(actual).toEqual(expected);
      });
      fc.assert(property, options);
    });

    test("bags of float rows, fake-quantized or not, have the reference's bits", () => {
      const property = fc.property(format, bags, numbers, scaleNumber, (rowFormat, drawn, values, s) => {
        const { bits, cols, granularity } = rowFormat;
        const table = repeated(values, ROWS * cols);
        const placement = { cols, pooling: "mean", stride: cols, offset: 0 } as const;
        const [expected, actual] = subjects.map((subject) => {
          const plain = new Float32Array(BAGS * cols);
          const quantized = new Float32Array(BAGS * cols);
          const pool = kernel(subject, "embeddingBag", placement);
          const fake = kernel(subject, "embeddingBagFakeQuant", { ...placement, bits, granularity });
          return [
            outcome(plain, () => pool(table, ROWS, drawn, plain, 0, BAGS)),
            outcome(quantized, () => fake(table, ROWS, Float32Array.of(s), drawn, quantized, 0, BAGS)),
          ];
        });
        expect(actual).toEqual(expected);
      });
      fc.assert(property, options);
    });

    test("scales, codes and weights of codes have the reference's bits", () => {
      const property = fc.property(format, numbers, fc.boolean(), (rowFormat, values, stochastic) => {
        const src = repeated(values, ROWS * rowFormat.cols);
        const rounding = stochastic ? "stochastic" : "nearest";
        const [expected, actual] = subjects.map((subject) => {
          const packed = pack(rowFormat, src);
          const weights = new Float32Array(src.length);
          const fake = src.slice();
          const { scale, bias, codes } = packed;
          return [
            outcome(scale, () => kernel(subject, "chooseScale", rowFormat)(src, scale, bias, 0, ROWS)),
            outcome(codes, () =>
              kernel(subject, "quantizeRows", { format: rowFormat, rounding })(
                src,
                packed,
                { seed: 9, stream: 1 },
                0,
                ROWS,
              ),
            ),
            outcome(weights, () => kernel(subject, "dequantizeRows", rowFormat)(packed, weights, 0, ROWS)),
            outcome(fake, () =>
              kernel(subject, "fakeQuantizeRows", rowFormat)(fake, scale, bias, fake, 0, ROWS),
            ),
          ];
        });
        expect(actual).toEqual(expected);
      });
      fc.assert(property, options);
    });
  });
}
