import { DqrmError, jaggedFrom } from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime, type Runtime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";

/** 16 MiB: less than the arrays that the tests bring. */
const SMALL_PAGES = 256;

const spec = { cols: 16, pooling: "sum", stride: 16, offset: 0 } as const;

async function smallRuntime(): Promise<Runtime<TrainingExports>> {
  return createRuntime<TrainingExports>({ module: trainingModule, threads: 1, maximumPages: SMALL_PAGES });
}

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("of a table larger than the memory, only the rows that bags read are copied", async () => {
  const lookUp = createBackend(await smallRuntime()).ops.embeddingBag!(spec)!;
  const rows = 2 ** 19;
  const table = new Float32Array(16 * rows).fill(1);
  const dst = new Float32Array(16);

  lookUp(table, rows, jaggedFrom([[0, rows - 1, 7]]), dst, 0, 1);

  expect(table.byteLength).toBeGreaterThan(SMALL_PAGES * 65536);
  expect([...dst]).toEqual(Array.from({ length: 16 }, () => 3));
});

test("a table larger than the memory is updated where it was touched, and its state with it", async () => {
  const update = createBackend(await smallRuntime()).ops.updateRows!({
    cols: 16,
    optimizer: { kind: "adagrad", epsilon: 1 },
  })!;
  const rows = 2 ** 19;
  const table = new Float32Array(16 * rows);
  const state = new Float32Array(16 * rows);
  const gradient = {
    cols: 16,
    count: 1,
    rows: Int32Array.of(rows - 1),
    values: new Float32Array(16).fill(2),
    slots: new Int32Array(2),
  };

  update(table, rows, state, gradient, 3, undefined, 0, 1);

  // s = 2², w = −3·2/(√4 + 1).
  expect(state[16 * rows - 1]).toBe(4);
  expect(table[16 * rows - 1]).toBe(-2);
  expect(table[16 * (rows - 1) - 1]).toBe(0);
});

test("an array inside the memory takes no scratch, however large it is", async () => {
  const runtime = await smallRuntime();
  const backend = createBackend(runtime);
  const src = runtime
    .createArena(0)
    .float32(2 ** 21)
    .fill(-2);
  const before = runtime.heap.usedBytes;

  const peak = backend.ops.absmax!({})!(src, 0, src.length);

  expect(peak).toBe(2);
  expect(runtime.heap.usedBytes).toBe(before);
});

test("scratch grows to the largest call and is then used again", async () => {
  const runtime = await smallRuntime();
  const multiply = createBackend(runtime).ops.linear!({ inputs: 512, outputs: 512, activation: "none" })!;
  const weight = new Float32Array(512 * 512).fill(1);
  const [x, y] = [new Float32Array(512).fill(1), new Float32Array(512)];
  const call = (): void => multiply(x, weight, new Float32Array(0), y, 0, 1);
  // The first call grows, the second may find that what it grew by is not enough for all that stood beside it.
  for (let i = 0; i < 3; i++) call();
  const grown = runtime.heap.usedBytes;

  for (let i = 0; i < 10; i++) call();

  expect(runtime.heap.usedBytes).toBe(grown);
  expect(y[511]).toBe(512);
});

test("what does not fit the memory is refused, and the refusal names the native kernels", async () => {
  const runtime = await smallRuntime();
  const backend = createBackend(runtime);
  const multiply = backend.ops.linear!({ inputs: 4096, outputs: 2048, activation: "none" })!;
  const weight = new Float32Array(4096 * 2048);
  const call = (): void =>
    multiply(new Float32Array(4096), weight, new Float32Array(0), new Float32Array(2048), 0, 1);

  const errors = [errorOf(call), errorOf(() => backend.createArena!(1024).float32(2 ** 23))];

  for (const error of errors) {
    expect(error).toBeInstanceOf(DqrmError);
    expect(error).toMatchObject({ code: "LIMIT" });
    expect(String(error)).toContain("@dqrm/kernels-native");
  }
});

test("a call that was refused leaves the kernels usable", async () => {
  const backend = createBackend(await smallRuntime());
  const multiply = backend.ops.linear!({ inputs: 4096, outputs: 2048, activation: "none" })!;
  errorOf(() =>
    multiply(
      new Float32Array(4096),
      new Float32Array(4096 * 2048),
      new Float32Array(0),
      new Float32Array(2048),
      0,
      1,
    ),
  );

  const peak = backend.ops.absmax!({})!(Float32Array.of(1, -3), 0, 2);

  expect(peak).toBe(3);
});

test("an array whose buffer was transferred away is too short", async () => {
  const backend = createBackend(await smallRuntime());
  const src = new Float32Array(8);
  structuredClone(src.buffer, { transfer: [src.buffer] });

  const error = errorOf(() => backend.ops.absmax!({})!(src, 0, 8));

  expect(error).toMatchObject({ code: "SHAPE", details: { what: "src", expected: 8, actual: 0 } });
});
