import { describe, expect, test } from "vitest";
import { planConformance } from "../../src/conformance/index.ts";
import { defineKernels, type KernelBackend } from "../../src/index.ts";
import { layerMutants } from "./mutants/layer-mutants.ts";
import { planMutants, rightPlans } from "./mutants/plan-mutants.ts";
import { runConformance } from "./run-conformance.ts";

/** Names the first case that a backend fails; a fault of the backend's own making would prove nothing. */
function killer(backend: KernelBackend): string {
  for (const { name, run, skip } of planConformance(backend)) {
    if (skip !== undefined) continue;
    try {
      run();
    } catch (error) {
      if (error instanceof TypeError) throw error;
      return name;
    }
  }
  return "";
}

describe("the executor as a fused plan", () => {
  runConformance(planConformance(rightPlans));
});

describe("the plan kit", () => {
  test.each([...planMutants, ...layerMutants])("kills a plan that $name", ({ backend }) => {
    const failed = killer(backend);

    expect(failed).toMatch(/^(training|inference) plan, /);
  });

  test("skips a backend without plans, with the reason", () => {
    const reasons = new Set([...planConformance(defineKernels("empty", {}))].map(({ skip }) => skip));

    expect(reasons).toEqual(new Set(["empty compiles no such plan"]));
  });
});
