import { describe, expect, it } from "vitest";
import { presets, setConfigValues } from "@dqrm/dlrm";
import { configError } from "./config-error.ts";

describe("the quantizer of tables", () => {
  it.each([
    ["dorefa", "quantization.tables.granularity", "row"],
    ["lsq", "quantization.tables.granularity", "group"],
    ["lsq", "quantization.tables.bits", "1"],
    ["lsq", "quantization.tables.bits", "32"],
    ["dorefa", "quantization.tables.bits", "32"],
    ["dead-zone", "quantization.tables.granularity", "row"],
    ["dead-zone", "quantization.tables.bits", "1"],
    ["dead-zone", "quantization.tables.bits", "16"],
    ["dead-zone", "quantization.schedule", '[{"fromEpoch":1,"tablesBits":16,"mlpBits":4}]'],
    [
      "dorefa",
      "quantization.tables.overrides",
      '[{"minRows":1,"bits":4,"granularity":"table"},{"minRows":2,"bits":4,"granularity":"row"}]',
    ],
    ["lsq", "quantization.tables.overrides", '[{"minRows":1,"bits":1,"granularity":"table"}]'],
    ["stored", "quantization.tables.granularity", "table"],
    ["stored", "quantization.tables.bits", "32"],
  ])("refuses quantizer %s with %s = %s, and says why", (quantizer, path, text) => {
    const details = configError(() =>
      setConfigValues(presets.kaggle, [
        ["quantization.tables.quantizer", quantizer],
        [path, text],
      ]),
    );

    expect(details.path.startsWith(path)).toBe(true);
    expect(details.expected).toContain(`with quantizer "${quantizer}"`);
  });

  it("refuses a share of the absmax beyond all of it", () => {
    const { expected, path } = configError(() =>
      setConfigValues(presets.kaggle, [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.value", "1.5"],
      ]),
    );

    expect(path).toBe("quantization.tables.deadZone.value");
    expect(expected).toContain('threshold "relative"');
  });

  it("takes an absolute threshold beyond 1, and floats above a dead zone", () => {
    const { tables } = setConfigValues(presets.kaggle, [
      ["quantization.tables.quantizer", "dead-zone"],
      ["quantization.tables.deadZone.threshold", "absolute"],
      ["quantization.tables.deadZone.value", "1.5"],
      ["quantization.tables.bits", "32"],
    ]).quantization;

    expect([tables.bits, tables.deadZone.value]).toEqual([32, 1.5]);
  });

  it("takes stored tables with a scale for each row, some tables in floats", () => {
    const rules =
      '[{"minRows":1,"bits":32,"granularity":"table"},{"minRows":1000,"bits":4,"granularity":"row"}]';

    const { tables } = setConfigValues(presets.kaggle, [
      ["quantization.tables.quantizer", "stored"],
      ["quantization.tables.granularity", "row"],
      ["quantization.tables.overrides", rules],
    ]).quantization;

    expect([tables.quantizer, tables.stored.rounding]).toEqual(["stored", "stochastic"]);
  });

  it("refuses stored tables of one bit, of one scale, and a phase that would make their codes wider", () => {
    const stored = [
      ["quantization.tables.quantizer", "stored"],
      ["quantization.tables.granularity", "row"],
    ] as const;

    const oneBit = configError(() =>
      setConfigValues(presets.kaggle, [...stored, ["quantization.tables.bits", "1"]]),
    );
    const wider = configError(() =>
      setConfigValues(presets.kaggle, [
        ...stored,
        ["quantization.schedule", '[{"fromEpoch":1,"tablesBits":8,"mlpBits":4}]'],
      ]),
    );

    const ruled = configError(() =>
      setConfigValues(presets.kaggle, [
        ...stored,
        ["quantization.tables.overrides", '[{"minRows":1,"bits":8,"granularity":"table"}]'],
      ]),
    );

    expect(ruled.path).toBe("quantization.tables.overrides.0.granularity");
    expect(oneBit.expected).toContain("at least 2");
    expect(wider.path).toBe("quantization.schedule.0.tablesBits");
    expect(wider.expected).toContain("whose codes stay as wide as they are");
  });
});
