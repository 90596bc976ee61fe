import { describe, expect, it } from "vitest";
import { learningRateAt, type LearningRatePolicy } from "@dqrm/dlrm";

const steps = (policy: LearningRatePolicy, count: number): number[] =>
  Array.from({ length: count }, (_, step) => learningRateAt(policy, step));

describe("learningRateAt", () => {
  it("is constant without warm-up and decay", () => {
    const policy: LearningRatePolicy = {
      base: 0.1,
      warmupSteps: 0,
      decayStartStep: 0,
      decaySteps: 0,
      hold: "base",
    };

    expect(steps(policy, 3)).toEqual([0.1, 0.1, 0.1]);
  });

  it("warms up to the base rate and stays there without a decay", () => {
    const policy: LearningRatePolicy = {
      base: 1,
      warmupSteps: 4,
      decayStartStep: 0,
      decaySteps: 0,
      hold: "base",
    };

    expect(steps(policy, 6)).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it("freezes between warm-up and decay as the reference does, when asked to", () => {
    // Measured with the reference program: warm-up 4, decay from step 6 over 4 steps.
    const measured = [0.25, 0.5, 0.75, 0.75, 0.75, 1, 0.5625, 0.25, 0.0625, 0.0625];

    const policy: LearningRatePolicy = {
      base: 1,
      warmupSteps: 4,
      decayStartStep: 6,
      decaySteps: 4,
      hold: "reference",
    };

    expect(steps(policy, 10)).toEqual(measured);
  });

  it("keeps the base rate before a decay without warm-up, where the reference fails", () => {
    const policy: LearningRatePolicy = {
      base: 1,
      warmupSteps: 0,
      decayStartStep: 3,
      decaySteps: 2,
      hold: "reference",
    };

    expect(steps(policy, 5)).toEqual([1, 1, 1, 0.25, 0.25]);
  });

  it("never decays below the reference's floor", () => {
    const policy: LearningRatePolicy = {
      base: 1e-6,
      warmupSteps: 0,
      decayStartStep: 1,
      decaySteps: 10,
      hold: "base",
    };

    expect(Math.min(...steps(policy, 20))).toBe(1e-7);
  });
});
