import { createRandom, type PackedModel, type ProductPrecision } from "@dqrm/core";
import { expect, test } from "vitest";
import type { Device } from "../src/device/device.ts";
import { openDevice } from "../src/device/open-device.ts";
import { findGpu } from "../src/node/find-gpu.ts";
import { codeLayer } from "../src/plan/code-layer.ts";
import { addCodeProduct } from "../src/plan/code-passes.ts";
import { createProgramBuilder } from "../src/plan/program-builder.ts";
import { loadBackend, noDevice } from "./load-backend.ts";
import { batchOf, firstState, spec } from "./small-model.ts";

const [SAMPLES, INPUTS, OUTPUTS] = [9, 150, 21];
const EPSILON = 2 ** -23;
const random = createRandom({ seed: 8, stream: 0 });
const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const weight = normals(OUTPUTS * INPUTS);
const bias = normals(OUTPUTS);
const signed = normals(SAMPLES * INPUTS);

async function open(packedDots: boolean): Promise<Device> {
  const gpu = await findGpu();
  const device = "unavailable" in gpu ? gpu : await openDevice(gpu, { packedDots });
  if ("unavailable" in device) throw new Error(device.unavailable);
  return device;
}

async function multiply(device: Device, x: Float32Array, unsigned: boolean): Promise<Float32Array> {
  const program = createProgramBuilder();
  const layer = codeLayer(weight, INPUTS, OUTPUTS);
  const y = program.floats(SAMPLES * OUTPUTS);
  addCodeProduct(
    program,
    {
      words: layer.words,
      codes: program.data(layer.codes),
      scales: program.data(layer.scales),
      sums: program.data(layer.sums),
      bias: program.data(bias),
    },
    { samples: SAMPLES, inputs: INPUTS, outputs: OUTPUTS, activation: "none", unsigned },
    { x: { buffer: program.data(x), stride: INPUTS }, y: { buffer: y, stride: OUTPUTS } },
  );
  program.read(y, 4 * SAMPLES * OUTPUTS);
  const [bytes] = await device.run(program.build());
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

const peakOf = (values: Float32Array): number =>
  values.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);

/** An input errs by half a step of its sample's peak over the levels, a weight by half a step of its output's over 127. */
function bounds(x: Float32Array, levels: number) {
  const value: number[] = [];
  const error: number[] = [];
  for (let s = 0; s < SAMPLES; s++) {
    const row = x.subarray(s * INPUTS, (s + 1) * INPUTS);
    const dx = (peakOf(row) / levels) * (0.5 + levels * EPSILON);
    for (let o = 0; o < OUTPUTS; o++) {
      const weights = weight.subarray(o * INPUTS, (o + 1) * INPUTS);
      const dw = (peakOf(weights) / 127) * (0.5 + 127 * EPSILON);
      let sum = bias[o];
      let most = Math.abs(bias[o]) * EPSILON;
      row.forEach((v, i) => {
        sum += v * weights[i];
        // Four roundings of f32 follow the exact sum: of it, of the two scales' product, of the product and of the bias.
        const term = Math.abs(v * weights[i]);
        most += Math.abs(v) * dw + Math.abs(weights[i]) * dx + dx * dw + 4 * EPSILON * term;
      });
      value.push(sum);
      error.push(most);
    }
  }
  return { value, error };
}

test.skipIf(noDevice !== undefined).each([
  [true, false],
  [false, false],
  [true, true],
  [false, true],
])(
  "products of 8 bits stay within the bound of their rounding: packed dots %s, unsigned %s",
  async (dots, unsigned) => {
    const device = await open(dots);
    const x = unsigned ? signed.map(Math.abs) : signed;

    const y = await multiply(device, x, unsigned);

    const { error, value } = bounds(x, unsigned ? 255 : 127);
    const worst = y.reduce((most, v, i) => Math.max(most, Math.abs(v - value[i]) / error[i]), 0);
    expect(worst).toBeLessThanOrEqual(1);
    expect(worst).toBeGreaterThan(0);
    device.destroy();
  },
);

const { bottom, tables, top } = firstState();
const model: PackedModel = {
  spec,
  tables: tables.map(({ weights }) => weights),
  poolingWeights: [new Float32Array(0)],
  bottom,
  top,
  projections: [],
};

test.skipIf(noDevice !== undefined)("a sample is served to the same bits alone as in a batch", async () => {
  const backend = await loadBackend();
  if ("unavailable" in backend) throw new Error(backend.unavailable);
  const plan = backend.plans.inference!(model, { maxBatch: 3, products: "int8" })!;
  const together = new Float32Array(3);
  const { bags, dense, labels } = batchOf(1);
  plan.infer(batchOf(1), together);

  const alone = [0, 1, 2].map((s) => {
    const [{ indices, offsets }] = bags;
    const bag = {
      indices: indices.slice(offsets[s], offsets[s + 1]),
      offsets: Int32Array.of(0, offsets[s + 1] - offsets[s]),
    };
    const dst = new Float32Array(1);
    plan.infer({ size: 1, dense: dense.subarray(2 * s), labels, bags: [bag] }, dst);
    return dst[0];
  });

  expect(alone).toEqual([...together]);
});

test.skipIf(noDevice !== undefined).each<ProductPrecision>(["bfloat16", "codes"])(
  "products in %s are declined",
  async (products) => {
    const backend = await loadBackend();
    if ("unavailable" in backend) throw new Error(backend.unavailable);

    expect(backend.plans.inference!(model, { maxBatch: 3, products })).toBe(undefined);
  },
);
