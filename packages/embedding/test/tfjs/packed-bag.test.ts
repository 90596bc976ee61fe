import * as tf from "@tensorflow/tfjs-core";
import { allocateRows, createRandom, jaggedFrom, type BitWidth, type PackedRows } from "@dqrm/core";
import { beforeAll, describe, expect, test } from "vitest";
import { packedTable } from "../../src/index.ts";
import { packedEmbeddingBag, packedTensors } from "../../src/tfjs/index.ts";
import { backends, useBackend } from "./backends.ts";

const [rows, cols] = [11, 5];

function randomRows(bits: BitWidth, kind: "table" | "row" | "group"): PackedRows {
  const granularity = kind === "group" ? { kind, groupCols: 2 } : { kind };
  const packed = allocateRows({ bits, cols, scheme: "symmetric", granularity }, rows);
  const random = createRandom({ seed: bits, stream: 0 });
  for (let i = 0; i < packed.codes.length; i++) packed.codes[i] = random.integer(256);
  for (let i = 0; i < packed.scale.length; i++) packed.scale[i] = (random.integer(1000) + 1) / 1000;
  return packed;
}

const cases = (["table", "row", "group"] as const).flatMap((kind) =>
  ([1, 2, 3, 4, 8, 16] as const).map((bits) => ({ bits, kind })),
);
const padded = [
  [3, -1, 3],
  [10, 0, 1],
  [-1, -1, -1],
];
const bags = padded.map((bag) => bag.filter((index) => index >= 0));

describe.each(backends)("on the backend %s", (backend) => {
  beforeAll(() => useBackend(backend));

  test.each(cases)(
    "bags of $bits bits, a scale per $kind, equal packedTable's bit for bit",
    ({ bits, kind }) => {
      const packed = randomRows(bits, kind);
      const indices = tf.tensor2d(padded, [3, 3], "int32");
      const table = packedTensors(packed);

      for (const pooling of ["sum", "mean"] as const) {
        const expected = new Float32Array(3 * cols);
        packedTable(packed, { pooling }).lookup(jaggedFrom(bags), expected);

        expect(packedEmbeddingBag(table, { indices, pooling }).dataSync()).toEqual(expected);
      }
    },
  );

  test("bags may be weighted, and indices may come as floats", () => {
    const packed = randomRows(4, "row");
    const weights = tf.tensor2d([2, 9, -1, 1, 0.5, 3, 0, 0, 0], [3, 3]);
    const expected = new Float32Array(3 * cols);
    const weighted = { ...jaggedFrom(bags), weights: Float32Array.of(2, -1, 1, 0.5, 3) };
    packedTable(packed, { pooling: "sum" }).lookup(weighted, expected);

    const input = { indices: tf.tensor2d(padded, [3, 3]), weights, pooling: "sum" } as const;

    expect(packedEmbeddingBag(packedTensors(packed), input).dataSync()).toEqual(expected);
  });

  test("an index outside the table is an error", () => {
    const table = packedTensors(randomRows(4, "table"));
    const indices = tf.tensor2d([[11]], [1, 1], "int32");

    expect(() => packedEmbeddingBag(table, { indices, pooling: "sum" })).toThrow("index 11");
  });
});

test("tensors that moved to another backend are looked up there", async () => {
  await useBackend("cpu");
  const packed = randomRows(4, "row");
  const table = packedTensors(packed);
  const indices = tf.tensor2d(padded, [3, 3], "int32");
  const onCpu = packedEmbeddingBag(table, { indices, pooling: "sum" }).dataSync();

  await useBackend("wasm");

  expect(packedEmbeddingBag(table, { indices, pooling: "sum" }).dataSync()).toEqual(onCpu);
});
