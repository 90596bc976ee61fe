import { describe, expect, it } from "vitest";
import { createKernels, defineKernels, reference, type LossSpec } from "@dqrm/core";
import { compatibleKernels, presets, saturatingLoss } from "@dqrm/dlrm";

interface LossResult {
  readonly predictions: Float32Array;
  readonly losses: Float64Array;
  readonly gradient: Float32Array;
}

function lossOf(spec: LossSpec, logits: readonly number[], labels: readonly number[]): LossResult {
  const samples = logits.length;
  const result = {
    predictions: new Float32Array(samples),
    losses: new Float64Array(samples),
    gradient: new Float32Array(samples),
  };
  const loss = createKernels([saturatingLoss, reference]).prepare("loss", spec);
  const { gradient, losses, predictions } = result;
  loss(
    Float32Array.from(logits),
    Float32Array.from(labels),
    samples,
    predictions,
    losses,
    gradient,
    0,
    samples,
  );
  return result;
}

const bce: LossSpec = { kind: "bce", threshold: 0, weights: [1, 1] };

describe("saturatingLoss", () => {
  it("gives a sample whose float32 probability is 1 the loss 0 or 100, and no gradient", () => {
    const { gradient, losses, predictions } = lossOf(bce, [40, 40], [1, 0]);

    expect([...predictions]).toEqual([1, 1]);
    expect([...losses].map(Math.abs)).toEqual([0, 100]);
    expect([...gradient].map(Math.abs)).toEqual([0, 0]);
  });

  it("is the usual loss elsewhere", () => {
    const { gradient, losses, predictions } = lossOf(bce, [0, 0], [1, 0]);

    // p = 1/2: both losses are ln 2, the gradient of their mean is ±1/4.
    expect([...predictions]).toEqual([0.5, 0.5]);
    expect([...losses]).toEqual([Math.LN2, Math.LN2]);
    expect([...gradient]).toEqual([-0.25, 0.25]);
  });

  it("gives no gradient where the threshold clamps", () => {
    const { gradient, predictions } = lossOf({ ...bce, threshold: 0.25 }, [-5, 5, 0], [1, 1, 1]);

    expect([...predictions]).toEqual([0.25, 0.75, 0.5]);
    expect([...gradient].map(Math.abs)).toEqual([0, 0, Math.fround(0.5 / 3)]);
  });

  it("leaves the squared error to the next backend", () => {
    const [first] = createKernels([saturatingLoss, reference]).explain("loss", { ...bce, kind: "mse" });

    expect(first).toEqual({ backend: "saturating-loss", verdict: "declined" });
  });
});

describe("compatibleKernels", () => {
  const fused = createKernels([defineKernels("fused", {}, { training: () => undefined }), reference]);
  const { compatibility } = presets.kaggle;

  it("changes nothing unless asked to", () => {
    expect(compatibleKernels(compatibility, fused)).toBe(fused);
  });

  it("puts the loss first and leaves fused plans out, which have one of their own", () => {
    const { backends } = compatibleKernels({ ...compatibility, saturatingLoss: true }, fused);

    expect(backends.map(({ name }) => name)).toEqual(["saturating-loss", "fused", "reference"]);
    expect(backends.flatMap(({ plans }) => Object.keys(plans))).toEqual([]);
  });
});
