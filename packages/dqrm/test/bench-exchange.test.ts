import { createMemoryTransports, type TransportPlugin } from "@dqrm/comm";
import { createKernels, reference } from "@dqrm/core";
import { expect, test } from "vitest";
import {
  benchExchange,
  type ExchangeBenchOptions,
  type ExchangeBenchResult,
} from "../src/bench/bench-exchange.ts";
import { exchangeText } from "../src/bench/bench-text.ts";
import { call, lastJson } from "./call.ts";

const OPTIONS = {
  ...({ shape: "demo", batch: 32, index: "zipf", limitRows: 500, warmup: 3, steps: 4 } as const),
  codecs: ["float32", "int8", "int4"],
  layerSum: "auto",
} as const;

/** Runs the benchmark on all ends of a group in memory, with a clock that moves by one at every look. */
async function run(
  workers = 2,
  options: ExchangeBenchOptions = OPTIONS,
): Promise<readonly ExchangeBenchResult[]> {
  let now = 0;
  const meters = {
    now: () => now++,
    measureMemory: () => ({ heapBytes: 0, arrayBytes: 0 }),
    processMemory: () => ({ availableBytes: 1e9, peakRssBytes: 0 }),
  };
  const kernels = createKernels([reference]);
  return Promise.all(
    createMemoryTransports(workers).map((transport) =>
      benchExchange(options, { kernels, meters, transport }),
    ),
  );
}

test("bench exchange measures every codec in turns, and all workers report the same", async () => {
  const [first, second] = await run();

  expect(second).toEqual(first);
  expect(first).toMatchObject({ name: "exchange", transport: "memory", workers: 2, steps: 4 });
  expect(first.codecs.map(({ codec }) => codec)).toEqual(["float32", "int8", "int4"]);
  const [float32, int8, int4] = first.codecs;
  expect(float32.shorter).toBe(1);
  // The clock moves by one at every look, and the computation of a step is between two.
  expect(first.computeMs).toBe(2);
  const { median } = float32.exchangeMs;
  expect(float32.stepShare).toBe(median / (median + 2));
  expect(float32.bytes).toBeGreaterThan(3.5 * int8.bytes);
  expect(int8.bytes).toBeGreaterThan(int4.bytes);
});

test("bench exchange counts fewer bytes of floats where four workers have owners of layers, and says so", async () => {
  const [auto, gather] = await Promise.all(
    (["auto", "gather"] as const).map((layerSum) => run(4, { ...OPTIONS, codecs: ["float32"], layerSum })),
  );

  expect(auto[0].codecs[0]).toMatchObject({ codec: "float32", layerSum: "owner" });
  expect(gather[0].codecs[0]).toMatchObject({ codec: "float32", layerSum: "gather" });
  expect(auto[0].codecs[0].bytes).toBeLessThan(gather[0].codecs[0].bytes);
  expect(exchangeText(auto[0])).toContain("float32, owners");
});

test("bench exchange lays its result out beside the time of the bytes alone, with the first codec as the measure", async () => {
  const [result] = await run();

  expect(exchangeText(result)).toMatch(
    /^demo, 2 workers over memory, 32 samples each, 4 steps; 2.00 ms a step to compute and apply\n.*bytes alone ms.*float32 .*1.0x.*1.0x/s,
  );
});

test("bench exchange runs in the processes of a launcher, of which the first prints", async () => {
  const ends = createMemoryTransports(2);
  const gloo: TransportPlugin = { name: "gloo", open: ({ place }) => Promise.resolve(ends[place.rank]) };
  const importModule = (specifier: string): Promise<unknown> =>
    specifier.endsWith("gloo")
      ? Promise.resolve(gloo).then((plugin) => ({ plugin }))
      : Promise.reject(new Error());
  const args = [
    "bench",
    "exchange",
    "--shape",
    "demo",
    "--limit-rows",
    "500",
    "--batch",
    "32",
    "--warmup",
    "0",
  ];

  const [first, second] = await Promise.all(
    ["0", "1"].map((RANK) =>
      call([...args, "--steps", "2", "--codecs", "float32,int8", "--kernels", "reference", "--json"], {
        environment: { RANK, WORLD_SIZE: "2" },
        importModule,
      }),
    ),
  );

  expect(lastJson(first)).toMatchObject({
    name: "exchange",
    workers: 2,
    codecs: [{ codec: "float32" }, { codec: "int8" }],
  });
  expect(second).toEqual({ code: 0, out: "", err: "" });
});

test("bench exchange refuses a codec that is not known, and an engine that is not there", async () => {
  expect(await call(["bench", "exchange", "--codecs", "int3"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("float32, int8") as string,
  });
  expect(await call(["bench", "exchange"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("@dqrm/comm-gloo is not to be had") as string,
  });
});
