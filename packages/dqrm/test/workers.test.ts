import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { built, bytesOf, call, done, scratchFolder, SMALL } from "./call.ts";

/** 800 training samples: 25 steps an epoch. */
const DATA = "synthetic:planted?rows=1000&seed=3&tableRows=10,100,1000";

const trainArgs = (out: string, ...more: readonly string[]): readonly string[] => [
  ...["train", "--data", DATA, "--out", out, ...SMALL, "--kernels", "reference", "--epochs", "2", ...more],
];

describe.skipIf(!built)("train --workers (needs the built command)", () => {
  test("one, two and four threads write the same model, byte for byte", async () => {
    const folder = scratchFolder();
    const out = (workers: number): string => join(folder, String(workers));

    for (const workers of [1, 2, 4]) {
      await done(trainArgs(out(workers), "--workers", String(workers), "--shards", "4", "--codec", "int4"));
    }

    for (const workers of [2, 4]) {
      expect(bytesOf(out(workers), "model.safetensors")).toEqual(bytesOf(out(1), "model.safetensors"));
      expect(bytesOf(out(workers), "metrics.jsonl")).toEqual(bytesOf(out(1), "metrics.jsonl"));
    }
  });

  test("four threads that sum layers between them write the model that one writes, and whoever sums is a choice", async () => {
    const folder = scratchFolder();
    const train = (workers: number, codec: string, layerSum: string): Promise<unknown> => {
      const group = ["--workers", String(workers), "--shards", "4", "--codec", codec, "--epochs", "1"];
      const out = join(folder, `${workers} ${codec} ${layerSum}`);
      return done(trainArgs(out, ...group, "--layer-sum", layerSum));
    };
    const model = (name: string): unknown => bytesOf(join(folder, name), "model.safetensors");

    for (const codec of ["float32", "int4"]) {
      await train(1, codec, "gather");
      for (const layerSum of ["owner", "auto"]) await train(4, codec, layerSum);

      expect(model(`4 ${codec} owner`)).toEqual(model(`1 ${codec} gather`));
      expect(model(`4 ${codec} auto`)).toEqual(model(`1 ${codec} gather`));
    }
  });

  test("goes on with more threads from the checkpoint of fewer", async () => {
    const folder = scratchFolder();
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    const group = ["--workers", "2", "--shards", "4", "--codec", "onebit"];
    await done(trainArgs(whole, ...group));
    await done(trainArgs(cut, ...group, "--epochs", "1"));

    const more = ["--workers", "4", "--epochs", "2"];
    await done(["train", "--data", DATA, "--resume", cut, "--kernels", "reference", ...more]);

    expect(bytesOf(cut, "model.safetensors")).toEqual(bytesOf(whole, "model.safetensors"));
  });

  test("says what a worker failed of", async () => {
    const args = trainArgs(join(scratchFolder(), "out"), "--workers", "2");

    const { code, err } = await call([...args, "--set", "learningRate.base=1e30"]);

    expect(code).toBe(1);
    expect(err).toMatch(/error NON_FINITE: training step \d+ .*loss or gradient of shard \d/);
  });
});

test("shards that the workers cannot share are refused before anything is written", async () => {
  const { code, err } = await call(
    trainArgs(join(scratchFolder(), "out"), "--workers", "2", "--shards", "3"),
  );

  expect(code).toBe(1);
  expect(err).toContain(
    "error CONFIG: training: gradients.shards is 3, expected a multiple of the 2 workers",
  );
});

test("a run that goes on keeps its codec: another one is a wrong call", async () => {
  const out = join(scratchFolder(), "out");
  await done(trainArgs(out, "--shards", "2", "--codec", "int4", "--epochs", "1"));

  const { code, err } = await call(["train", "--data", DATA, "--resume", out, "--codec", "int8"]);

  expect(code).toBe(2);
  expect(err).toContain("gradients.rows cannot be changed");
});

test("a way to sum layers that is not known is a wrong call", async () => {
  const { code, err } = await call(trainArgs("unused", "--layer-sum", "somebody"));

  expect(code).toBe(2);
  expect(err).toMatch(/auto, gather, owner/);
});

test("a codec that is not known is a wrong call, and the known ones are named", async () => {
  const { code, err } = await call(trainArgs("unused", "--codec", "int3"));

  expect(code).toBe(2);
  expect(err).toMatch(/float32.*int8.*int4.*onebit.*lowrank.*topk/);
});
