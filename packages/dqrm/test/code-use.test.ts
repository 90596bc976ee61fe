import { createArena, createKernels, reference } from "@dqrm/core";
import { buildModelSpec, initModelState, packModel, presets, setConfigValues } from "@dqrm/dlrm";
import { expect, test } from "vitest";
import { codeUse } from "../src/study/code-use.ts";

const kernels = createKernels([reference]);

function modelWith(bits: number): {
  spec: ReturnType<typeof buildModelSpec>;
  state: ReturnType<typeof initModelState>;
} {
  const config = setConfigValues(presets.demo, [
    ["quantization.tables.bits", String(bits)],
    ["quantization.tables.refresh", "every-step"],
    ["model.embeddingDim", "2"],
    ["model.bottom", "[2]"],
  ]);
  const features = [
    { name: "small", rows: 3 },
    { name: "large", rows: 5000 },
  ];
  const spec = buildModelSpec(config, { denseFeatures: 1, features });
  const { compatibility } = config;
  const { embeddingInit } = config.model;
  const state = initModelState(spec, { seed: 1, arena: createArena(1 << 18), embeddingInit, compatibility });
  return { spec, state };
}

test("the codes of the largest table are counted where they stand", () => {
  const { spec, state } = modelWith(4);
  const { weights } = state.tables[1];
  weights.fill(0);
  // Scale 1/7: the peak is code +7, -2/7 is code -2, and 0.05 is nearer to 0 than to 1/7.
  weights[0] = 1;
  weights[9999] = -2 / 7;
  weights[5000] = 0.05;

  const model = packModel(spec, state, kernels);
  const use = codeUse({ selected: model, end: model }, kernels);

  expect(use).toMatchObject({ table: "large", rows: 5000, bits: 4, zeroShare: 9998 / 10_000 });
  expect(use?.codeShares).toHaveLength(16);
  // Code c of 4 bits stands at c + 8.
  expect([use?.codeShares[15], use?.codeShares[6], use?.codeShares[8]]).toEqual([1e-4, 1e-4, 9998e-4]);
});

test("codes of many bits and floats give no histogram, but the share of zeros", () => {
  const codes = modelWith(8);
  const floats = modelWith(32);
  floats.state.tables[1].weights.fill(0, 0, 2500);

  const use = ({ spec, state }: ReturnType<typeof modelWith>): unknown => {
    const model = packModel(spec, state, kernels);
    return codeUse({ selected: model, end: model }, kernels);
  };

  expect(use(codes)).toMatchObject({ bits: 8, codeShares: [] });
  expect(use(floats)).toMatchObject({ bits: 32, codeShares: [], zeroShare: 0.25 });
});

test("codes of one bit have none that means zero", () => {
  const { spec, state } = modelWith(1);

  const model = packModel(spec, state, kernels);

  expect(codeUse({ selected: model, end: model }, kernels)).toBeNull();
});
