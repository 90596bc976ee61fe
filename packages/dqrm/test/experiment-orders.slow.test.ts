import { beforeAll, describe, expect, test } from "vitest";
import { built, lastJson, runBuilt, sharedFolder } from "./call.ts";

/** A quarter of the published population, with as many samples for each row of a table: six epochs show rise and fall. */
const QUARTER = "synthetic:planted?tableRows=10,100,1000,2500,12500,25000,50000,100000";

/** Rows that are frequent enough to be worth something: a scale of the whole table rounds many of them to zero. */
const FREQUENT = "synthetic:planted?tableRows=10,100,1000,10000,20000&alpha=0.6";

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
  more: readonly string[],
  data: string = QUARTER,
): ReadonlyMap<string, Summary> {
  const args = ["experiment", name, "--variants", variants.join(","), "--rows", "75000", "--epochs", "6"];
  const outcome = runBuilt([...args, "--data", data, "--out", folder, ...more, "--json"]);
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
      const variants = ["FP32", "INT4 per table", "INT4 per row", "FP32 with the dead zone alone"];
      found = findings("mechanism", variants, ["--seeds", "2"]);
    }, 300_000);

    test("INT4 with a scale for each row overfits as FP32 does, and with one for the table it does not", () => {
      expect(fall(of("INT4 per row"))).toBeGreaterThan(0.8 * fall(of("FP32")));
      expect(fall(of("INT4 per table"))).toBeLessThan(0.8 * fall(of("FP32")));
      expect(of("INT4 per row").zeroShare).toBeLessThan(0.5);
    });

    test("floats above a dead zone overfit as little as INT4 does, so that it is the zone that helps", () => {
      expect(fall(of("FP32 with the dead zone alone"))).toBeLessThan(0.8 * fall(of("FP32")));
      expect(of("FP32 with the dead zone alone").zeroShare).toBeGreaterThan(0.95);
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

  describe("quantization after training", () => {
    beforeAll(() => {
      const variants = ["FP32", "PTQ per table", "PTQ per row", "QAT per table"];
      found = findings("ptq", variants, ["--seeds", "2", "--epochs", "5"], FREQUENT);
    }, 300_000);

    test("one scale for a table loses more than one for each row, and training in codes loses nothing", () => {
      const lost = (variant: string): number => of("FP32").testAuc - of(variant).testAuc;
      expect(lost("PTQ per table")).toBeGreaterThan(0.0003);
      expect(lost("PTQ per table")).toBeGreaterThan(3 * Math.abs(lost("PTQ per row")));
      expect(lost("QAT per table")).toBeLessThan(0.0003);
    });
  });

  describe("tables without float weights", () => {
    beforeAll(() => {
      const variants = ["FP32", "INT8 stored stochastic", "INT4 stored stochastic", "INT4 stored nearest"];
      found = findings("stored", variants, ["--seeds", "1", "--epochs", "3"]);
    }, 300_000);

    test("stochastic rounding trains INT8 as floats, and INT4 where rounding to nearest stalls", () => {
      expect(of("FP32").testAuc - of("INT8 stored stochastic").testAuc).toBeLessThan(0.005);
      expect(of("INT4 stored stochastic").testAuc - of("INT4 stored nearest").testAuc).toBeGreaterThan(0.02);
    });
  });

  describe("pretraining", () => {
    beforeAll(() => {
      found = findings("table9", ["INT4 from scratch", "one epoch FP32 then INT4"], ["--seeds", "1"]);
    }, 300_000);

    test("brings the peak no later, and about as high", () => {
      const [scratch, pretrained] = [of("INT4 from scratch"), of("one epoch FP32 then INT4")];
      expect(pretrained.peakEpoch).toBeLessThanOrEqual(scratch.peakEpoch);
      expect(Math.abs(pretrained.peakValidationAuc - scratch.peakValidationAuc)).toBeLessThan(0.01);
    });
  });

  describe("shared parameters", () => {
    beforeAll(() => {
      const variants = ["whole tables", "ROBE 1/10", "ROBE 1/1000"];
      found = findings("pss", variants, ["--seeds", "1", "--epochs", "3"]);
    }, 300_000);

    test("an array of a tenth comes near whole tables, and one of a thousandth ranks lower", () => {
      expect(of("whole tables").testAuc - of("ROBE 1/10").testAuc).toBeLessThan(0.02);
      expect(of("ROBE 1/1000").testAuc).toBeLessThan(of("ROBE 1/10").testAuc);
    });
  });
});
