import { describe, expect, test } from "vitest";
import { checkModelSpec, DqrmError, interactionWidth, type ModelSpec } from "../../src/index.ts";
import { smallSpec } from "./small-model.ts";

const spec = smallSpec();
const table = spec.tables[0];

const deadZone = { kind: "dead-zone", bits: 4, levels: "log", refresh: { kind: "once" } } as const;

const refused: readonly (readonly [what: string, wrong: ModelSpec, message: string])[] = [
  [
    "no dense feature",
    { ...spec, denseFeatures: 0 },
    "model spec: denseFeatures is 0, expected an integer in [1, 65536]",
  ],
  [
    "a table that no feature reads",
    { ...spec, tables: [table, table] },
    "model spec: features that read tables[1] is 0, expected an integer in [1, 1]",
  ],
  [
    "a feature that reads one table twice",
    {
      ...spec,
      features: [
        {
          kind: "quotient-remainder",
          quotient: 0,
          remainder: 0,
          collisions: 2,
          combine: "add",
          pooling: "sum",
        },
      ],
    },
    "model spec: different tables of features[0] is 1, expected 2",
  ],
  [
    "a feature of a table that is not there",
    { ...spec, features: [{ kind: "table", table: 7, pooling: "sum" }] },
    "model spec: features[0] table is 7, expected an integer in [0, 0]",
  ],
  [
    "a table of another width than the bottom output",
    { ...spec, tables: [{ ...table, cols: 3 }] },
    "model spec: width of features[0] is 3, expected 2",
  ],
  [
    "layers that do not meet",
    { ...spec, top: [{ inputs: 5, outputs: 1, activation: "none" }] },
    "model spec: inputs of top[0] is 5, expected 3",
  ],
  [
    "a top that ends in two outputs",
    { ...spec, top: [{ inputs: 3, outputs: 2, activation: "none" }] },
    "model spec: outputs of the last top layer is 2, expected 1",
  ],
  [
    "a sigmoid that the loss applies already",
    { ...spec, top: [{ inputs: 3, outputs: 1, activation: "sigmoid" }] },
    "model spec: activation of the last top layer is sigmoid, expected none",
  ],
  [
    "a period of no steps",
    smallSpec({
      kind: "fake",
      bits: 4,
      granularity: { kind: "table" },
      refresh: { kind: "periodic", periodSteps: 0 },
    }),
    "model spec: tables[0].refresh.periodSteps is 0, expected an integer in [1, 2147483648]",
  ],
  [
    "a learned step of one bit",
    smallSpec({ kind: "learned-step", bits: 1, step: { kind: "gradient" } }),
    "model spec: tables[0].bits of learned steps is 1, expected an integer in [2, 16]",
  ],
  [
    "a step that may grow more than e-fold at once",
    smallSpec({ kind: "learned-step", bits: 4, step: { kind: "relative", rate: 1.5 } }),
    "model spec: tables[0].step.rate is 1.5, expected a number in [0, 1]",
  ],
  [
    "a dead zone beyond the absmax",
    smallSpec({ ...deadZone, threshold: { kind: "relative", fraction: 1.25 } }),
    "model spec: tables[0].threshold.fraction is 1.25, expected a number in [0, 1]",
  ],
  [
    "a threshold that is no number",
    smallSpec({ ...deadZone, threshold: { kind: "absolute", value: Number.NaN } }),
    "model spec: tables[0].threshold.value is NaN, expected a number in [0, 3.4028234663852886e+38]",
  ],
  [
    "half a touch",
    smallSpec({ ...deadZone, threshold: { kind: "frequency", minTouches: 0.5, fraction: 0 } }),
    "model spec: tables[0].threshold.minTouches is 0.5, expected an integer in [0, 2147483647]",
  ],
  [
    "activations of too few bits",
    { ...spec, activationQuantization: { bits: 7, at: "stacks", range: { kind: "running" } } },
    "model spec: activationQuantization.bits is 7, expected an integer in [8, 16]",
  ],
  [
    "a momentum above 1",
    { ...spec, activationQuantization: { bits: 8, at: "stacks", range: { kind: "ema", momentum: 1.5 } } },
    "model spec: activationQuantization.range.momentum is 1.5, expected a number in [0, 1]",
  ],
  [
    "a negative L2",
    { ...spec, regularization: { l2: -1, dropout: { rate: 0, seed: 0 } } },
    "model spec: regularization.l2 is -1, expected a finite number >= 0",
  ],
  [
    "a dropout that leaves nothing",
    { ...spec, regularization: { l2: 0, dropout: { rate: 1, seed: 0 } } },
    "model spec: regularization.dropout.rate is 1, expected a number in [0, 1)",
  ],
  [
    "a seed that is no integer",
    { ...spec, regularization: { l2: 0, dropout: { rate: 0.5, seed: 0.5 } } },
    "model spec: regularization.dropout.seed is 0.5, expected an integer",
  ],
  ["no top layer", { ...spec, top: [] }, "model spec: top layers is 0, expected an integer in [1, 256]"],
];

describe("checkModelSpec", () => {
  test.each(refused)("refuses %s and says what it expected", (_, wrong, message) => {
    expect(() => {
      checkModelSpec(wrong);
    }).toThrow(new DqrmError("VALUE", detailsOf(message)));
  });

  test("accepts a model whose parts meet", () => {
    expect(() => {
      checkModelSpec(spec);
    }).not.toThrow();
  });
});

test.each([
  // 27 vectors of 16: 16 + 27·26/2 pairs, 16 + 27·28/2 with itself, 27·16 side by side.
  ["dot", false, 367],
  ["dot", true, 394],
  ["cat", false, 432],
] as const)(
  "the interaction %s, itself %s, of 26 features of 16 columns has %i numbers",
  (kind, itself, width) => {
    const tables = Array.from({ length: 26 }, (_, t) => ({ ...table, name: `C${t}`, cols: 16 }));
    const features = tables.map((_, t) => ({ kind: "table", table: t, pooling: "sum" }) as const);
    const bottom = [{ inputs: 13, outputs: 16, activation: "relu" }] as const;

    expect(interactionWidth({ ...spec, tables, features, bottom, interaction: { kind, itself } })).toBe(
      width,
    );
  },
);

function detailsOf(message: string): { op: string; what: string; expected: string; actual: string } {
  const [, op, what, actual, expected] = /^(.*?): (.*) is (.*), expected (.*)$/.exec(message) ?? [];
  return { op, what, expected, actual };
}
