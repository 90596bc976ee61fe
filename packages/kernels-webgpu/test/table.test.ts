import { allocateRows, createRandom, isDqrmError, jaggedFrom, reference } from "@dqrm/core";
import type { Jagged, OpFn, OpName, OpSpec, PackedRows, Pooling, RowFormat } from "@dqrm/core";
import type { DeviceTable } from "@dqrm/embedding";
import { expect, test } from "vitest";
import { openWebgpu } from "../src/node/index.ts";
import type { WebgpuDevice } from "../src/index.ts";
import { noDevice } from "./load-backend.ts";

const ROWS = 53;
const signal = new AbortController().signal;
const bags: Jagged = {
  ...jaggedFrom([[0, 52, 3], [], [17], [5, 5, 0, 31, 44], [52]]),
  weights: Float32Array.of(0.3, -1.7, 0, 2.5, 1, 0.1, -0.1, 3, 7, -2),
};

function kernel<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K> {
  return (reference.ops[op] as (spec: OpSpec<K>) => OpFn<K>)(spec);
}

function weightsOf(cols: number): Float32Array {
  const random = createRandom({ seed: 3, stream: 0 });
  return Float32Array.from({ length: ROWS * cols }, () => random.normal());
}

function packed(format: RowFormat): PackedRows {
  const rows = allocateRows(format, ROWS);
  const weights = weightsOf(format.cols);
  kernel("chooseScale", format)(weights, rows.scale, rows.bias, 0, ROWS);
  kernel("quantizeRows", { format, rounding: "nearest" })(weights, rows, { seed: 0, stream: 0 }, 0, ROWS);
  return rows;
}

async function open(options = {}): Promise<WebgpuDevice> {
  const device = await openWebgpu(options);
  if ("unavailable" in device) throw new Error(device.unavailable);
  return device;
}

function expected(table: PackedRows, pooling: Pooling, of: Jagged): Float32Array {
  const { format } = table;
  const dst = new Float32Array((of.offsets.length - 1) * format.cols);
  const spec = { format, pooling, stride: format.cols, offset: 0 };
  kernel("embeddingBagPacked", spec)(table, of, dst, 0, of.offsets.length - 1);
  return dst;
}

const formats: readonly RowFormat[] = [
  { bits: 4, cols: 17, scheme: "symmetric", granularity: { kind: "table" } },
  { bits: 8, cols: 16, scheme: "asymmetric", granularity: { kind: "row" } },
  { bits: 3, cols: 5, scheme: "symmetric", granularity: { kind: "group", groupCols: 2 } },
];

const cases = formats.flatMap((format) =>
  [undefined, 64].flatMap((shardBytes) =>
    (["sum", "mean"] as const).map((pooling) => ({ format, shardBytes, pooling, bits: format.bits })),
  ),
);

test.skipIf(noDevice !== undefined).each(cases)(
  "a table of $bits bits in shards of $shardBytes bytes gives the reference's bits, pooled by $pooling",
  async ({ format, pooling, shardBytes }) => {
    const device = await open(shardBytes === undefined ? {} : { shardBytes });
    const rows = packed(format);
    const table: DeviceTable & { readonly shards: number } = await device.uploadTable(rows, { pooling });

    const vectors = await table.lookup(bags, signal);

    expect(table.shards > 4).toBe(shardBytes !== undefined);
    expect([...vectors]).toEqual([...expected(rows, pooling, bags)]);
    expect(await table.lookup(jaggedFrom([[]]), signal)).toEqual(new Float32Array(format.cols));
    await table.dispose();
    device.destroy();
  },
);

test.skipIf(noDevice !== undefined)("float rows are pooled in one shard as in many", async () => {
  const rows = { rows: ROWS, cols: 6, weights: weightsOf(6) };
  const dst = new Float32Array(5 * 6);
  const spec = { cols: 6, pooling: "mean", stride: 6, offset: 0 } as const;
  kernel("embeddingBag", spec)(rows.weights, ROWS, bags, dst, 0, 5);

  for (const shardBytes of [1 << 20, 48]) {
    const device = await open({ shardBytes });
    const table = await device.uploadTable(rows, { pooling: "mean" });
    expect([...(await table.lookup(bags, signal))]).toEqual([...dst]);
    device.destroy();
  }
});

test.skipIf(noDevice !== undefined)(
  "a table that is disposed of gives its memory back and serves no more",
  async () => {
    const device = await open();
    const before = device.usedBytes();
    const table = await device.uploadTable(packed(formats[0]), { pooling: "sum" });
    expect(device.usedBytes()).toBeGreaterThan(before);

    await table.dispose();

    expect(device.usedBytes()).toBe(before);
    await expect(table.lookup(bags, signal)).rejects.toMatchObject({ code: "STATE" });
    device.destroy();
  },
);

test.skipIf(noDevice !== undefined)(
  "a table beyond the budget is refused, and nothing of it stays",
  async () => {
    const device = await open({ memoryBytes: 300, shardBytes: 64 });

    await expect(device.uploadTable(packed(formats[0]), { pooling: "sum" })).rejects.toMatchObject({
      code: "LIMIT",
      details: { limit: "memoryBytes", maximum: 300 },
    });

    expect(device.usedBytes()).toBe(0);
    device.destroy();
  },
);

test.skipIf(noDevice !== undefined)(
  "what a lookup cannot serve is refused with the reference's codes",
  async () => {
    const device = await open();
    const table = await device.uploadTable(packed(formats[0]), { pooling: "sum" });
    const aborted = AbortSignal.abort();

    const codes = await Promise.all(
      [jaggedFrom([[1, ROWS]]), jaggedFrom([[-1]]), { ...bags, offsets: Int32Array.of(0, 3, 2) }].map(
        (wrong) => table.lookup(wrong, signal).catch((error: unknown) => (error as { code?: string }).code),
      ),
    );

    expect(codes).toEqual(["INDEX_RANGE", "INDEX_RANGE", "VALUE"]);
    await expect(table.lookup(bags, aborted)).rejects.toMatchObject({ name: "AbortError" });
    device.destroy();
  },
);

test.skipIf(noDevice !== undefined)(
  "a lost device is a typed error, and a new one serves from what was saved",
  async () => {
    const rows = packed(formats[0]);
    const device = await open();
    const table = await device.uploadTable(rows, { pooling: "sum" });

    device.destroy();

    const failure: unknown = await table.lookup(bags, signal).catch((error: unknown) => error);
    expect(isDqrmError(failure, "DEVICE")).toBe(true);
    await expect(device.uploadTable(rows, { pooling: "sum" })).rejects.toMatchObject({ code: "DEVICE" });
    const next = await open();
    const again = await next.uploadTable(rows, { pooling: "sum" });
    expect([...(await again.lookup(bags, signal))]).toEqual([...expected(rows, "sum", bags)]);
    next.destroy();
  },
);
