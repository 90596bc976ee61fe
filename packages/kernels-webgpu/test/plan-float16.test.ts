import { createRandom, type PackedModel } from "@dqrm/core";
import { expect, test } from "vitest";
import { openDevice } from "../src/device/open-device.ts";
import { findGpu } from "../src/node/find-gpu.ts";
import { createProgramBuilder } from "../src/plan/program-builder.ts";
import { tiles } from "../src/ops/single-pass.ts";
import { loadBackend } from "./load-backend.ts";
import { batchOf, firstState, spec } from "./small-model.ts";

const [SAMPLES, INPUTS, OUTPUTS] = [9, 150, 37];
const random = createRandom({ seed: 8, stream: 0 });
const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

const gpu = await findGpu();
const opened = "unavailable" in gpu ? gpu : await openDevice(gpu);
const reason =
  "unavailable" in opened ? opened.unavailable : opened.halves ? undefined : `${opened.name} has no f16`;
if (reason !== undefined) console.warn(`products in f16 are not tested: ${reason}`);

async function multiply(x: Float32Array, weight: Float32Array): Promise<Float32Array> {
  if ("unavailable" in opened) throw new Error(opened.unavailable);
  const program = createProgramBuilder();
  const y = program.floats(SAMPLES * OUTPUTS);
  const layout = [0, INPUTS, 1, 1, INPUTS, OUTPUTS];
  const bound = [program.data(x), program.data(weight), program.data(new Float32Array(1)), y];
  const fields = [SAMPLES, OUTPUTS, INPUTS, ...layout, false, 0];
  program.pass("matrix-product-f16", fields, bound, tiles(SAMPLES, OUTPUTS));
  program.read(y, 4 * SAMPLES * OUTPUTS);
  const [bytes] = await opened.run(program.build());
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

test.skipIf(reason !== undefined)(
  "products in f16 stay within the bound of their rounding, and are rounded",
  async () => {
    const [x, weight] = [normals(SAMPLES * INPUTS), normals(OUTPUTS * INPUTS)];

    const y = await multiply(x, weight);

    // Each factor is off by 2^-10 of itself, or flushed below 2^-14; sums of f32 add n·2^-24 of their terms.
    const off = (value: number): number => Math.abs(value) * 2 ** -10 + 2 ** -14;
    let worst = 0;
    for (let s = 0; s < SAMPLES; s++) {
      for (let o = 0; o < OUTPUTS; o++) {
        let [sum, most] = [0, 0];
        for (let i = 0; i < INPUTS; i++) {
          const [a, b] = [x[s * INPUTS + i], weight[o * INPUTS + i]];
          sum += a * b;
          most +=
            Math.abs(a) * off(b) +
            Math.abs(b) * off(a) +
            off(a) * off(b) +
            INPUTS * 2 ** -24 * Math.abs(a * b);
        }
        worst = Math.max(worst, Math.abs(y[s * OUTPUTS + o] - sum) / most);
      }
    }
    expect(worst).toBeLessThanOrEqual(1);
    // Sums of f32 alone would come to a thousandth of the bound.
    expect(worst).toBeGreaterThan(0.01);
  },
);

test.skipIf(reason !== undefined)(
  "a factor beyond the range of f16 is its largest, and NaN stays NaN",
  async () => {
    const [x, weight] = [new Float32Array(SAMPLES * INPUTS), new Float32Array(OUTPUTS * INPUTS)];
    x.set([1e9, 0, -1e9], 0);
    x[INPUTS] = Number.NaN;
    for (let o = 0; o < OUTPUTS; o++) weight.set([2, 0, 1], o * INPUTS);

    const y = await multiply(x, weight);

    expect(y[0]).toBe(65_504);
    expect(y[OUTPUTS]).toBeNaN();
    expect(y[2 * OUTPUTS]).toBe(0);
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

test.skipIf("unavailable" in opened)(
  "serving takes products in f16 where the adapter has them, and declines elsewhere",
  async () => {
    const backend = await loadBackend();
    if ("unavailable" in backend) throw new Error(backend.unavailable);
    const [halves, floats] = (["float16", "float32"] as const).map((products) =>
      backend.plans.inference?.(model, { maxBatch: 3, products }),
    );

    expect(halves === undefined).toBe(reason !== undefined);
    if (halves === undefined || floats === undefined) return;
    const [served, exact] = [halves, floats].map((plan) => {
      const dst = new Float32Array(3);
      plan.infer(batchOf(1), dst);
      return dst;
    });
    expect(served).not.toEqual(exact);
    served.forEach((probability, s) => {
      expect(Math.abs(probability - exact[s])).toBeLessThan(0.01);
    });
  },
);
