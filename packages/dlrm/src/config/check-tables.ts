import type { QuantizationConfig, TrainingBits } from "./dlrm-config.ts";

/** Refuses a value of a configuration, by its dotted path. */
export type Refuse = (path: string, expected: string, actual: string) => never;

interface TableRule {
  readonly path: string;
  readonly bits: TrainingBits;
}

/** Checks that what a configuration says of tables fits together. */
export function checkTables({ schedule, tables }: QuantizationConfig, refuse: Refuse): void {
  const { quantizer } = tables;
  if (quantizer === "uniform") return;
  if (tables.bits === 32 && schedule.length === 0) {
    const expected = `at most 16 with quantizer "${quantizer}" (floats are quantizer "uniform" at 32 bits)`;
    refuse("quantization.tables.bits", expected, "32");
  }
  const overrides = tables.overrides.map((rule, i) => ({
    ...rule,
    at: `quantization.tables.overrides.${i}`,
  }));
  for (const { at, granularity } of [{ ...tables, at: "quantization.tables" }, ...overrides]) {
    if (granularity === "table") continue;
    refuse(`${at}.granularity`, `"table" with quantizer "${quantizer}"`, `"${granularity}"`);
  }
  const rules: readonly TableRule[] = [
    { path: "quantization.tables.bits", bits: tables.bits },
    ...overrides.map(({ at, bits }) => ({ path: `${at}.bits`, bits })),
    ...schedule.map(({ tablesBits: bits }, i) => ({ path: `quantization.schedule.${i}.tablesBits`, bits })),
  ];
  for (const { bits, path } of rules) {
    if (quantizer !== "lsq" || bits !== 1) continue;
    refuse(path, 'at least 2 with quantizer "lsq", which has no 1-bit form', "1");
  }
}
