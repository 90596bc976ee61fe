import type { TableQuantizationConfig } from "./dlrm-config.ts";

/** Refuses a value of a configuration, by its dotted path. */
export type Refuse = (path: string, expected: string, actual: string) => never;

const TABLES = "quantization.tables";

/** Checks that what a configuration says of tables fits together. */
export function checkTables(tables: TableQuantizationConfig, refuse: Refuse): void {
  const { bits, quantizer } = tables;
  if (quantizer === "uniform") return;
  if (bits === 32) {
    const expected = `at most 16 with quantizer "${quantizer}" (floats are quantizer "uniform" at 32 bits)`;
    refuse(`${TABLES}.bits`, expected, String(bits));
  }
  const rules = [
    { path: TABLES, rule: tables },
    ...tables.overrides.map((rule, i) => ({ path: `${TABLES}.overrides.${i}`, rule })),
  ];
  for (const { path, rule } of rules) {
    if (rule.granularity !== "table") {
      refuse(`${path}.granularity`, `"table" with quantizer "${quantizer}"`, `"${rule.granularity}"`);
    }
    if (quantizer === "lsq" && rule.bits === 1) {
      refuse(`${path}.bits`, 'at least 2 with quantizer "lsq", which has no 1-bit form', "1");
    }
  }
}
