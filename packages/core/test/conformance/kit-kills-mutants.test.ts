import { describe, expect, test } from "vitest";
import { kernelConformance } from "../../src/conformance/index.ts";
import { defineKernels, reference } from "../../src/index.ts";
import { bagMutants } from "./mutants/bag-mutants.ts";
import { denseMutants } from "./mutants/dense-mutants.ts";
import { feedbackMutants } from "./mutants/feedback-mutants.ts";
import { gradientMutants } from "./mutants/gradient-mutants.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { quantizeMutants } from "./mutants/quantize-mutants.ts";
import { sentMutants } from "./mutants/sent-mutants.ts";
import { updateMutants } from "./mutants/update-mutants.ts";

const mutants = [
  ...bagMutants,
  ...gradientMutants,
  ...quantizeMutants,
  ...denseMutants,
  ...updateMutants,
  ...sentMutants,
  ...feedbackMutants,
];

/** Names the first case that a mutant fails. */
function killer({ name, ops }: Mutant): string {
  for (const { name: caseName, run, skip } of kernelConformance(defineKernels(name, ops))) {
    if (skip !== undefined) continue;
    try {
      run();
    } catch {
      return caseName;
    }
  }
  return "";
}

describe("the kernel kit", () => {
  test.each(mutants)("kills a backend that $name", (mutant) => {
    const [op] = Object.keys(mutant.ops);

    const failed = killer(mutant);

    expect(failed.startsWith(`${op} `)).toBe(true);
  });

  test("has at least two mutants for every op", () => {
    const ops = mutants.flatMap(({ ops: mutated }) => Object.keys(mutated));

    const tooFew = Object.keys(reference.ops).filter((op) => ops.filter((o) => o === op).length < 2);

    expect(tooFew).toEqual([]);
  });

  test("skips what a backend does not have, with the reason", () => {
    const reasons = new Set([...kernelConformance(defineKernels("empty", {}))].map(({ skip }) => skip));

    expect(reasons).toEqual(new Set(Object.keys(reference.ops).map((op) => `empty has no ${op}`)));
  });

  test("lists the other cases when a factory throws, and fails its own", () => {
    const broken = defineKernels("broken", {
      absmax: () => {
        throw new Error("no such device");
      },
    });

    const cases = [...kernelConformance(broken)].filter(({ skip }) => skip === undefined);

    expect(cases.length).toBeGreaterThan(0);
    for (const { run } of cases) expect(run).toThrow("no such device");
  });
});
