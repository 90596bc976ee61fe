import {
  createDenseSink,
  createExchange,
  createMemoryTransports,
  createMessageSchema,
  meanScale,
  rowCodec,
  type MeanScaleEncoder,
} from "@dqrm/comm";
import { createRowGradient, type RowGradient } from "@dqrm/core";
import { describe, expect, test } from "vitest";

const plain = { values: "int8", rounding: "nearest", entropy: false } as const;
const schema = createMessageSchema([
  { name: "table", rows: 10, cols: 2, codec: rowCodec({ ...plain, scale: { kind: "tensor" } }) },
  { name: "layer", rows: 2, cols: 3, codec: rowCodec({ ...plain, scale: { kind: "row" } }) },
]);

function gradientOf(cols: number, rows: readonly number[], values: readonly number[]): RowGradient {
  const gradient = createRowGradient(cols, rows.length);
  gradient.rows.set(rows);
  gradient.values.set(values);
  gradient.count = rows.length;
  return gradient;
}

/** Rows 8 and 3 on the first shard, 3 on the second; the layer's rows are of different sizes. */
const SHARDS: readonly (readonly RowGradient[])[] = [
  [gradientOf(2, [8, 3], [127, -3, 1.5, 0.5]), gradientOf(3, [0, 1], [127, 1, 0, 2.54, -1.27, 0])],
  [gradientOf(2, [3], [381, 4]), gradientOf(3, [0, 1], [-381, 5, 3, 0, 0, 0])],
];

const encodersOf = (errorFeedback: boolean): MeanScaleEncoder[] => [
  meanScale({ rows: 10, cols: 2 }, { scale: "tensor", errorFeedback: false }),
  meanScale({ rows: 2, cols: 3 }, { scale: "row", errorFeedback }),
];

/** Exchanges the same gradients for some steps on a number of workers; gives the sums of each step, and the residuals of the shards. */
async function exchange(workers: number, steps: number, errorFeedback: boolean): Promise<Exchanged> {
  const all = await Promise.all(
    createMemoryTransports(workers).map(async (transport) => {
      const perWorker = 2 / workers;
      const first = transport.rank * perWorker;
      const encoders = Array.from({ length: perWorker }, () => encodersOf(errorFeedback));
      const own = createExchange({ transport, schema, shards: 2, seed: 1, encoders });
      const sums: number[][] = [];
      for (let step = 0; step < steps; step++) {
        const [table, layer] = [new Float32Array(20), new Float32Array(6)];
        const sinks = [createDenseSink(table, 10, 2), createDenseSink(layer, 2, 3)];
        await own.step(step, SHARDS.slice(first, first + perWorker), sinks);
        sums.push([...table.subarray(6, 8), ...table.subarray(16, 18), ...layer]);
      }
      return { sums, residuals: encoders.map(([, layer]) => layer.state.flatMap((state) => [...state])) };
    }),
  );
  expect(all.every(({ sums }) => String(sums) === String(all[0].sums))).toBe(true);
  return { sums: all[0].sums, residuals: all.flatMap(({ residuals }) => residuals) };
}

interface Exchanged {
  readonly sums: readonly (readonly number[])[];
  readonly residuals: readonly (readonly number[])[];
}

describe("gradients in the mean of all shards' scales", () => {
  test("are clipped where a shard is larger than the mean, and rounded to even, as computed by hand", async () => {
    const { sums } = await exchange(2, 1, false);

    // Table: scales 1 and 3, mean 2. Row 3: round(1.5 / 2) + clamp(381 / 2) = 1 + 127; round(0.5 / 2) + 4 / 2 = 0 + 2.
    const table = [2 * 128, 2 * 2, 2 * 64, 2 * -2];
    // Layer, row 0: scales 1 and 3, mean 2: 64 − 127, 0 + 2, 0 + 2. Row 1: scales 0.02 and 0, mean 0.01: 127, −127, 0.
    const mean = Math.fround((Math.fround(Math.fround(2.54) / 127) + 0) / 2);
    const layer = [2 * -63, 2 * 2, 2 * 2, Math.fround(127 * mean), Math.fround(-127 * mean), 0];
    expect(sums[0]).toEqual([...table, ...layer]);
  });

  test("keep what rounding and clipping took from a layer on its own shard", async () => {
    const { residuals, sums } = await exchange(2, 2, true);

    // After a step row 0 of the first shard has lost 127 − 128, 1 − 0, 0; of the second −381 + 254, 5 − 4, 3 − 4.
    // Then 126, 2, 0 and −508, 6, 2 have scales 126 / 127 and 4, and so on.
    const mean = Math.fround((Math.fround(126 / 127) + 4) / 2);
    const sent = [Math.round(126 / mean), Math.round(2 / mean), 0];
    expect(residuals[0].slice(0, 3)).toEqual(
      [126, 2, 0].map((value, i) => Math.fround(value - sent[i] * mean)),
    );
    expect(residuals[1].slice(0, 3)).toEqual(
      [-508, 6, 2].map((value, i) => Math.fround(value - [-127, 2, 1][i] * mean)),
    );
    expect(sums[1][4]).toBe(Math.fround(Math.fround(sent[0] * mean) + Math.fround(-127 * mean)));
  });

  test("are the same bits on one worker as on two", async () => {
    expect(await exchange(1, 3, true)).toEqual(await exchange(2, 3, true));
  });

  test("are all zero where no shard has a value", async () => {
    const encoder = meanScale({ rows: 1, cols: 2 }, { scale: "tensor", errorFeedback: false });
    const own = new Float32Array(1);
    const out = new Uint8Array(32);
    const gradient = gradientOf(2, [0], [0, 0]);

    encoder.shared.localScales(gradient, own);
    encoder.shared.use(own);
    const end = encoder.encodeBody(gradient, out, 0, { seed: 1, stream: 0 });

    expect([own[0], ...out.subarray(end - 2, end)]).toEqual([0, 0, 0]);
  });

  test("are refused where one is no number, for nobody looks before", () => {
    const encoder = meanScale({ rows: 1, cols: 2 }, { scale: "tensor", errorFeedback: false });
    const gradient = gradientOf(2, [0], [0, Number.NaN]);

    expect(() => encoder.encodeBody(gradient, new Uint8Array(32), 0, { seed: 1, stream: 0 })).toThrow(
      expect.objectContaining({ code: "NON_FINITE" }),
    );
  });

  test("let all workers skip a step in which one of them has a NaN", async () => {
    const broken = gradientOf(3, [0, 1], [Number.NaN, 1, 1, 1, 1, 1]);
    const reports = await Promise.all(
      createMemoryTransports(2).map((transport) => {
        const own = createExchange({ transport, schema, shards: 2, seed: 1, encoders: [encodersOf(true)] });
        const sinks = [
          createDenseSink(new Float32Array(20), 10, 2),
          createDenseSink(new Float32Array(6), 2, 3),
        ];
        const [table, layer] = SHARDS[transport.rank];
        return own.step(0, [[table, transport.rank === 1 ? broken : layer]], sinks);
      }),
    );

    expect(reports.map(({ nonFinite }) => nonFinite)).toEqual([[1], [1]]);
  });
});
