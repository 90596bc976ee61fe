import { expect, test } from "vitest";
import type { Device } from "../src/device/device.ts";
import { openDevice } from "../src/device/open-device.ts";
import { findGpu } from "../src/node/find-gpu.ts";
import { createProgramBuilder } from "../src/plan/program-builder.ts";
import { rateParams } from "../src/ops/rate-params.ts";
import { SHADERS } from "../src/shaders.generated.ts";
import { createRandom } from "@dqrm/core";
import { noDevice } from "./load-backend.ts";

/** What rounds through an integer that no compiler knows; without its zero from the parameters it would be known. */
const ROUNDING = /\b(exact|two_sum|two_product)\(/;

test.each(Object.entries(SHADERS))(
  "the shader %s takes its zero from the parameters where it rounds",
  (_, code) => {
    const main = code.slice(code.indexOf("@compute"));

    expect(ROUNDING.test(code)).toBe(main.includes("zero = params.zero;"));
  },
);

const random = createRandom({ seed: 12, stream: 0 });
const COUNT = 4096;

async function open(): Promise<Device> {
  const gpu = await findGpu();
  const device = "unavailable" in gpu ? gpu : await openDevice(gpu);
  if ("unavailable" in device) throw new Error(device.unavailable);
  return device;
}

test.skipIf(noDevice !== undefined)("the mean of a bag is a correctly rounded quotient", async () => {
  const device = await open();
  const table = Float32Array.from({ length: COUNT }, () => random.normal());
  // Three of one row: 3x rounds, and a third of that rounds again.
  const indices = Uint32Array.from({ length: 3 * COUNT }, (_, k) => Math.floor(k / 3));
  const offsets = Uint32Array.from({ length: COUNT + 1 }, (_, bag) => 3 * bag);
  const program = createProgramBuilder();
  const dst = program.floats(COUNT);
  const bound = [table, indices, offsets, table].map((array) => program.data(array));
  program.pass("embedding-bag", [COUNT, 1, 1, 0, true, false], [...bound, dst], COUNT);
  program.read(dst, 4 * COUNT);

  const [bytes] = await device.run(program.build());

  const means = new Float32Array(bytes.buffer, bytes.byteOffset, COUNT);
  expect([...means]).toEqual(Array.from(table, (x) => Math.fround(Math.fround(Math.fround(x + x) + x) / 3)));
  device.destroy();
});

test.skipIf(noDevice !== undefined)(
  "a step of sgd is that of doubles but for its last rounding",
  async () => {
    const device = await open();
    const weights = Float32Array.from({ length: COUNT }, () => random.normal());
    const gradient = Float32Array.from({ length: COUNT }, () => random.normal());
    const program = createProgramBuilder();
    const table = program.data(weights);
    const bound = [Uint32Array.of(0), gradient, Uint32Array.of(0)].map((array) => program.data(array));
    program.pass("update-rows", [1, COUNT, 0, 1, ...rateParams(0.1)], [...bound, table], COUNT);
    program.read(table, 4 * COUNT);

    const [bytes] = await device.run(program.build());

    const stepped = new Float32Array(bytes.buffer, bytes.byteOffset, COUNT);
    const expected = weights.map((w, i) => w - 0.1 * gradient[i]);
    // Pairs of floats err by 2^−46 of what is added, which moves a rounding at a tie alone: once in 2^21 numbers.
    expect(stepped.filter((w, i) => w !== expected[i]).length).toBeLessThanOrEqual(1);
    device.destroy();
  },
);
