import { describe, expect, test } from "vitest";
import { judgeShares } from "../gemm-share.mjs";

/** @param {string} op @param {number} best */
const native = (op, best, backend = "native") => ({ op, backend, share: { best } });

describe("the gate on matrix products", () => {
  test("passes when the best product of each op comes near the peak, and notes the shares", () => {
    const products = [native("linear", 0.2), native("linear", 0.9), native("linearBackwardInput", 0.5)];

    const outcome = judgeShares({ skipped: {}, products });

    expect(outcome).toEqual({ verdict: "passed", output: "", note: "linear 90 %, linearBackwardInput 50 %" });
  });

  test("fails when one op stays below half the peak", () => {
    const products = [native("linear", 0.9), native("linearBackwardWeight", 0.49)];

    const { output, verdict } = judgeShares({ skipped: {}, products });

    expect(verdict).toBe("failed");
    expect(output).toBe("linearBackwardWeight of the native kernels reaches 49 % of the peak at best");
  });

  test("fails when products seem faster than the peak, for then the peak is wrong", () => {
    const { output, verdict } = judgeShares({ skipped: {}, products: [native("linear", 2.19)] });

    expect([verdict, output]).toEqual([
      "failed",
      "linear of the native kernels reaches 219 % of the peak at best",
    ]);
  });

  test("fails when the native kernels left an op to others, or know no peak", () => {
    const others = judgeShares({ skipped: {}, products: [native("linear", 0.9, "reference")] });
    const peakless = judgeShares({
      skipped: {},
      products: [{ op: "linear", backend: "native", share: null }],
    });

    expect([others.verdict, peakless.verdict]).toEqual(["failed", "failed"]);
  });

  test("fails when nothing was timed", () => {
    expect(judgeShares({ skipped: {}, products: [] }).verdict).toBe("failed");
  });

  test("is skipped with the reason of the native kernels where they cannot run", () => {
    const outcome = judgeShares({ skipped: { native: "no compiler" }, products: [native("linear", 0.1)] });

    expect(outcome).toEqual({ verdict: "skipped", output: "", note: "no compiler" });
  });
});
