import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { built, lastJson, runBuilt, scratchFolder } from "./call.ts";

/** A quarter of the published experiment, with as many samples for each row of a table; six epochs show the fall. */
const SMALL_FIGURE: readonly string[] = [
  "--data",
  "synthetic:planted?rows=75000&tableRows=10,100,1000,2500,12500,25000,50000,100000",
  ...["--variants", "FP32,INT4", "--seeds", "3", "--epochs", "6", "--kernels", "reference"],
];

interface Summary {
  readonly variant: string;
  readonly peakEpoch: number;
  readonly peakValidationAuc: number;
  readonly endValidationAuc: number;
}

function isSummary(value: unknown): value is Summary {
  return (
    typeof value === "object" &&
    value !== null &&
    "variant" in value &&
    "peakEpoch" in value &&
    "peakValidationAuc" in value &&
    "endValidationAuc" in value
  );
}

test.skipIf(!built)(
  "on planted data FP32 peaks early and falls, INT4 with one scale per table peaks later and higher",
  { timeout: 600_000 },
  () => {
    const out = scratchFolder();

    const outcome = runBuilt(["experiment", "figure1", ...SMALL_FIGURE, "--out", out, "--json"]);

    expect(outcome.err).not.toContain("error ");
    const { name, summary } = lastJson(outcome);
    expect(name).toBe("figure1");
    const [float, quantized] = (Array.isArray(summary) ? summary : []).filter(isSummary);
    expect([float.variant, quantized.variant]).toEqual(["FP32", "INT4"]);
    expect(float.peakEpoch).toBeLessThan(quantized.peakEpoch);
    expect(float.peakValidationAuc).toBeLessThan(quantized.peakValidationAuc);
    const fall = (s: Summary): number => s.peakValidationAuc - s.endValidationAuc;
    expect(fall(float)).toBeGreaterThan(fall(quantized));
    expect(fall(float)).toBeGreaterThan(0);
    expect(readFileSync(join(out, "figure1", "report.html"), "utf8")).toContain("<svg");
  },
);
