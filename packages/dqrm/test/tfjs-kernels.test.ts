import { join } from "node:path";
import * as tfjs from "@dqrm/kernels-tfjs";
import { expect, test } from "vitest";
import { done, excerpt, scratchFolder, SMALL } from "./call.ts";

const ADULT = excerpt("adult-train-400.csv");

const importModule = (specifier: string): Promise<unknown> =>
  specifier === "@dqrm/kernels-tfjs"
    ? Promise.resolve(tfjs)
    : Promise.reject(Object.assign(new Error(specifier), { code: "ERR_MODULE_NOT_FOUND" }));

async function train(kernels: string): Promise<string> {
  const out = join(scratchFolder(), "model");
  const args = ["train", "--data", ADULT, "--out", out, "--epochs", "2", ...SMALL];
  return (await done([...args, "--kernels", kernels], { importModule })).err;
}

/** The losses and metrics of epochs, to the four digits that are printed. */
function epochs(err: string): readonly string[] {
  return err.split("\n").filter((line) => line.startsWith("epoch ") && line.includes("train loss"));
}

test("train runs its layers on TensorFlow.js, to the losses of the reference kernels", async () => {
  const expected = await train("reference");
  const found = await train("tfjs-wasm");

  expect(found).toContain("kernels: tfjs-wasm, reference\n");
  expect(epochs(found)).toEqual(epochs(expected));
  expect(epochs(found)).toHaveLength(2);
});

test("a GPU that TensorFlow.js does not find is left out with what to install, and training goes on", async () => {
  const err = await train("tfjs-gpu");

  expect(err).toMatch(
    /kernels: reference \(skipped tfjs-gpu: @tensorflow\/tfjs-node-gpu .*Node\.js 22 or older\)/,
  );
  expect(epochs(err)).toHaveLength(2);
});
