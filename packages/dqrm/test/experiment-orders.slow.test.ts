import { beforeAll, describe, expect, test } from "vitest";
import { built, lastJson, runBuilt, sharedFolder } from "./call.ts";

/** A quarter of the published population, with as many samples for each row of a table: six epochs show rise and fall. */
const QUARTER: readonly string[] = [
  "--data",
  "synthetic:planted?tableRows=10,100,1000,2500,12500,25000,50000,100000",
  ...["--rows", "75000", "--epochs", "6"],
];

/** In plain JavaScript these runs take minutes; their order does not hang on the last bits that kernels differ by. */
const fast = built && servesFast();

interface Summary {
  readonly variant: string;
  readonly peakEpoch: number;
  readonly peakValidationAuc: number;
  readonly endValidationAuc: number;
  readonly testAuc: number;
  readonly zeroShare: number | null;
}

function servesFast(): boolean {
  const { backends } = lastJson(runBuilt(["kernels", "--json"]));
  return JSON.stringify(backends).includes('"native"') || JSON.stringify(backends).includes('"wasm"');
}

function isSummary(value: unknown): value is Summary {
  return typeof value === "object" && value !== null && "variant" in value && "peakValidationAuc" in value;
}

/** Runs an experiment in small and gives what was found, by variant. */
function findings(
  name: string,
  variants: readonly string[],
  more: readonly string[] = [],
): ReadonlyMap<string, Summary> {
  const args = ["experiment", name, ...QUARTER, "--variants", variants.join(","), "--out", folder, ...more];
  const outcome = runBuilt([...args, "--json"]);
  if (outcome.code !== 0) throw new Error(outcome.err);
  const { summary } = lastJson(outcome);
  return new Map(
    (Array.isArray(summary) ? summary : []).filter(isSummary).map((found) => [found.variant, found]),
  );
}

const folder = sharedFolder();
const fall = ({ endValidationAuc, peakValidationAuc }: Summary): number =>
  peakValidationAuc - endValidationAuc;

describe.skipIf(!fast)("on planted data (skipped where no fast kernels are built)", () => {
  let found: ReadonlyMap<string, Summary>;
  const of = (variant: string): Summary => {
    const summary = found.get(variant);
    if (summary === undefined) throw new Error(`${variant} was not run`);
    return summary;
  };

  describe("bit widths of the tables", () => {
    beforeAll(() => {
      found = findings("table1", ["FP32", "INT8", "INT4", "INT2"], ["--seeds", "2"]);
    }, 300_000);

    test("FP32 and INT8 fall by more than 0.01 after their peak, INT4 by less than either", () => {
      expect(fall(of("FP32"))).toBeGreaterThan(0.01);
      expect(fall(of("INT8"))).toBeGreaterThan(0.01);
      expect(fall(of("INT4"))).toBeLessThan(Math.min(fall(of("FP32")), fall(of("INT8"))));
    });

    test("INT2 falls by less than a third of what FP32 does, and its peak stays below all others", () => {
      expect(fall(of("INT2"))).toBeLessThan(fall(of("FP32")) / 3);
      for (const variant of ["FP32", "INT8", "INT4"]) {
        expect(of("INT2").peakValidationAuc).toBeLessThan(of(variant).peakValidationAuc);
      }
    });

    test("INT4 leaves more than 95 % of the largest table at zero, INT8 less than 92 %", () => {
      expect(of("INT4").zeroShare).toBeGreaterThan(0.95);
      expect(of("INT8").zeroShare).toBeLessThan(0.92);
    });
  });

  describe("the mechanism", () => {
    beforeAll(() => {
      found = findings("mechanism", ["FP32", "INT4 per table", "INT4 per row"], ["--seeds", "2"]);
    }, 300_000);

    test("INT4 with a scale for each row overfits as FP32 does, and with one for the table it does not", () => {
      expect(fall(of("INT4 per row"))).toBeGreaterThan(0.8 * fall(of("FP32")));
      expect(fall(of("INT4 per table"))).toBeLessThan(0.8 * fall(of("FP32")));
      expect(of("INT4 per row").zeroShare).toBeLessThan(0.5);
    });
  });

  describe("parts of the model", () => {
    beforeAll(() => {
      const variants = ["float layers", "INT8 by channel", "INT2 by channel", "INT2 by matrix"];
      found = findings("table8", variants, ["--seeds", "1", "--epochs", "4"]);
    }, 300_000);

    test("layers of 2 bits rank better by channel than by matrix, and layers of 8 bits lose hardly anything", () => {
      expect(of("INT2 by channel").testAuc - of("INT2 by matrix").testAuc).toBeGreaterThan(0.02);
      expect(Math.abs(of("INT8 by channel").testAuc - of("float layers").testAuc)).toBeLessThan(0.01);
    });
  });
});
