import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activationCodes,
  allocateRows,
  compileInference,
  compileTraining,
  createRandom,
  fixedPoint,
  layerFormat,
  multiplyFixedPoint,
  type BitWidth,
  type LayerSpec,
  type ModelSpec,
  type PackedLayer,
  type PackedModel,
} from "../../src/index.ts";
import { packedFrom } from "../../src/conformance/formats.ts";
import { packedPlanModel } from "../../src/conformance/packed-plan-model.ts";
import { PLAN_BATCH, PLAN_MODELS, planBatches, planState } from "../../src/conformance/plan-models.ts";
import { createActivationQuantizers } from "../../src/plan/activation/activation-ranges.ts";
import { integerLayer } from "../../src/plan/integer/integer-layer.ts";
import { createIntegerStack } from "../../src/plan/integer/integer-stack.ts";
import { createLinearStack } from "../../src/plan/linear-stack.ts";
import { kernels } from "./small-model.ts";

describe("a fixed-point factor", () => {
  test("is within 2^-31 of the factor, for every size", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (factor) => {
        const { multiplier, shift } = fixedPoint(factor);
        expect(Math.abs(multiplier * 2 ** -shift - factor)).toBeLessThanOrEqual(factor * 2 ** -31);
        expect(multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(multiplier).toBeLessThan(2 ** 31);
      }),
    );
  });

  test.each([1, 2, 0.5, 2 ** -20, 2 ** 40])("holds the power of two %d exactly", (factor) => {
    const { multiplier, shift } = fixedPoint(factor);
    expect(multiplier * 2 ** -shift).toBe(factor);
  });

  test("multiplies any 32-bit number to the nearest whole number", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.double({ min: 1e-9, max: 1, noNaN: true }), (value, factor) => {
        const sum = value % 2 ** 31;
        const product = multiplyFixedPoint(sum, fixedPoint(factor));
        expect(Math.abs(product - sum * factor)).toBeLessThanOrEqual(0.5 + Math.abs(sum * factor) * 2 ** -30);
      }),
    );
  });
});

const INPUTS = 12;
const OUTPUTS = 5;
const SAMPLES = 6;
const layerSpecs: readonly LayerSpec[] = [
  { inputs: INPUTS, outputs: OUTPUTS, activation: "relu" },
  { inputs: OUTPUTS, outputs: OUTPUTS, activation: "none" },
];

/** A layer that shows the codes it is given: whole weights, 1 on the diagonal. */
function identity(): PackedLayer {
  const weight = allocateRows(
    layerFormat({ kind: "fake", bits: 2, granularity: "matrix", bias: "float" }, OUTPUTS),
    OUTPUTS,
  );
  const codes = Uint16Array.from({ length: OUTPUTS * OUTPUTS }, (_, i) => (i % (OUTPUTS + 1) === 0 ? 3 : 2));
  kernels.prepare("packCodes", { bits: 2, cols: OUTPUTS })(codes, weight.codes, 0, OUTPUTS);
  weight.scale[0] = 1;
  return { weight, bias: new Float32Array(OUTPUTS) };
}

interface Case {
  readonly bits: BitWidth;
  readonly activationBits: number;
  readonly granularity: "channel" | "matrix";
  readonly seed: number;
}

/** A model whose bottom stack is one random layer and one that shows its codes. */
function revealing({ activationBits, bits, granularity, seed }: Case): PackedModel {
  const random = createRandom({ seed, stream: 0 });
  const weights = Float32Array.from({ length: INPUTS * OUTPUTS }, () => random.normal());
  const format = layerFormat({ kind: "fake", bits, granularity, bias: "float" }, INPUTS);
  const bias = Float32Array.from({ length: OUTPUTS }, () => random.normal());
  const base = packedPlanModel(PLAN_MODELS["FP32, sgd, dot"]);
  return {
    ...base,
    spec: {
      ...base.spec,
      bottom: layerSpecs,
      activationQuantization: { bits: activationBits, at: "layers", range: { kind: "running" } },
    },
    bottom: [{ weight: packedFrom(format, OUTPUTS, weights), bias }, identity()],
    // The second range is narrower than what the layer gives: codes clip too.
    activationRanges: Float32Array.of(-2, 3, 1, 0, 1 + 6 * random.next(), 1, -1, 1, 1, 0, 1, 1),
  };
}

function floatStack(model: PackedModel) {
  const weights = model.bottom.map(({ bias, weight }) => {
    if (weight instanceof Float32Array || !(bias instanceof Float32Array)) throw new Error("another layer");
    const floats = new Float32Array(weight.rows * weight.format.cols);
    kernels.prepare("dequantizeRows", weight.format)(weight, floats, 0, weight.rows);
    return { weight: floats, bias };
  });
  const { bottom: quantizers } = createActivationQuantizers(
    model.spec,
    model.activationRanges ?? new Float32Array(0),
    SAMPLES,
  );
  return createLinearStack({ specs: layerSpecs, weights, quantizers, dropouts: [] }, kernels, SAMPLES);
}

describe("a layer in whole numbers", () => {
  test("gives the codes of the layer in floats, off by one at most where sums are finer than codes, and rarely", () => {
    let codes = 0;
    let different = 0;
    const cases = fc.record({
      bits: fc.constantFrom(2 as const, 3 as const, 4 as const, 6 as const, 8 as const),
      activationBits: fc.integer({ min: 8, max: 12 }),
      granularity: fc.constantFrom("channel" as const, "matrix" as const),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(cases, (which) => {
        const model = revealing(which);
        const random = createRandom({ seed: which.seed, stream: 1 });
        const x = Float32Array.from({ length: SAMPLES * INPUTS }, () => 2 * random.normal());
        const { scale } = activationCodes(
          { min: 0, max: model.activationRanges?.[4] ?? 0 },
          which.activationBits,
          "asymmetric",
        );

        const input = activationCodes({ min: -2, max: 3 }, which.activationBits, "symmetric");
        const sumSteps = integerLayer(model.bottom[0], layerSpecs[0], input, kernels).step;

        const whole = createIntegerStack(model, "bottom", kernels, SAMPLES).forward(x, SAMPLES, undefined);
        const floats = floatStack(model).forward(x, SAMPLES, undefined);

        for (let i = 0; i < SAMPLES * OUTPUTS; i++) {
          const apart = Math.abs(Math.round(whole[i] / scale) - Math.round(floats[i] / scale));
          // The bias is off by half a step of the sums; sums in floats and the factor by less than 2^-10 codes.
          const halfStep = sumSteps[i % OUTPUTS] / scale / 2;
          expect(apart).toBeLessThanOrEqual(1 + Math.floor(halfStep + 2 ** -10));
          codes++;
          different += apart;
        }
      }),
      { seed: 1, numRuns: 200 },
    );
    // A code differs where the rounding of the bias decides.
    expect(different / codes).toBeLessThan(0.1);
  });

  test("gives no negative code after a ReLU, whatever range a file names", () => {
    const model = revealing({ bits: 8, activationBits: 8, granularity: "channel", seed: 3 });
    const activationRanges = model.activationRanges?.slice() ?? new Float32Array(0);
    activationRanges[3] = -1;
    const x = Float32Array.from({ length: SAMPLES * INPUTS }, (_, i) => Math.sin(i));

    const codes = createIntegerStack({ ...model, activationRanges }, "bottom", kernels, SAMPLES).forward(
      x,
      SAMPLES,
      undefined,
    );

    expect(codes.every((value) => value >= 0)).toBe(true);
  });

  test("is refused where a sum may need more than 32 bits", () => {
    const model = revealing({ bits: 8, activationBits: 16, granularity: "channel", seed: 1 });
    const { bias, weight } = model.bottom[0];
    const far = {
      ...model,
      bottom: [{ weight, bias: bias instanceof Float32Array ? bias.fill(1e6) : bias }, identity()],
    };

    expect(() => createIntegerStack(far, "bottom", kernels, SAMPLES)).toThrow(
      "integer layer: largest sum of output 0",
    );
  });
});

describe("a model that is served in codes", () => {
  const int8 = PLAN_MODELS["INT8 layers, a scale for each channel"];
  const spec: ModelSpec = {
    ...int8,
    activationQuantization: { bits: 8, at: "layers", range: { kind: "running" } },
  };
  const options = { maxBatch: PLAN_BATCH };
  const [batch] = planBatches();

  const observedRanges = (): Float32Array => {
    const state = planState(spec);
    compileTraining(spec, state, kernels, options).step(batch, 1e-30);
    return state.activationRanges;
  };

  test("predicts what it predicts in floats, but for some codes", () => {
    const model = { ...packedPlanModel(spec), activationRanges: observedRanges() };
    const [whole, floats] = [new Float32Array(PLAN_BATCH), new Float32Array(PLAN_BATCH)];

    compileInference(model, kernels, { ...options, products: "codes" }).infer(batch, whole);
    compileInference(model, kernels, options).infer(batch, floats);

    // One code of 255 in each of six hidden activations, through weights below 2 and a sigmoid of slope 1/4.
    const [, max] = model.activationRanges.subarray(9);
    whole.forEach((p, i) => {
      expect(Math.abs(p - floats[i])).toBeLessThan((6 * 2 * (max / 255)) / 4);
    });
  });

  test.each([
    ["activations in floats", packedPlanModel(int8), "activations that are not quantized at every layer"],
    [
      "activations that were never seen",
      { ...packedPlanModel(spec), activationRanges: new Float32Array(12) },
      "activations whose range was never observed",
    ],
    [
      "weights in floats",
      {
        ...packedPlanModel({ ...spec, linearQuantization: { kind: "none" } }),
        activationRanges: observedRanges(),
      },
      "layers whose weights are not symmetric codes",
    ],
  ] as const)("is refused with %s", (_, model, message) => {
    expect(() => compileInference(model, kernels, { ...options, products: "codes" })).toThrow(message);
  });

  test("is for serving only", () => {
    expect(() => compileTraining(spec, planState(spec), kernels, { ...options, products: "codes" })).toThrow(
      "compileTraining: no backend accepts products in codes",
    );
  });
});
