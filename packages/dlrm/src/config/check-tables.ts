import type { QuantizationConfig, TableQuantizationConfig, TrainingBits } from "./dlrm-config.ts";

/** Refuses a value of a configuration, by its dotted path. */
export type Refuse = (path: string, expected: string, actual: string) => never;

interface TableRule {
  readonly path: string;
  readonly bits: TrainingBits;
}

/** Checks that what a configuration says of tables fits together. */
export function checkTables(quantization: QuantizationConfig, refuse: Refuse): void {
  const { schedule, tables } = quantization;
  const { deadZone, quantizer } = tables;
  if (quantizer === "uniform") return;
  if (tables.bits === 32 && schedule.length === 0 && quantizer !== "dead-zone") {
    const expected = `at most 16 with quantizer "${quantizer}" (floats are quantizer "uniform" at 32 bits)`;
    refuse("quantization.tables.bits", expected, "32");
  }
  if (quantizer === "dead-zone" && deadZone.threshold !== "absolute" && deadZone.value > 1) {
    const expected = `at most 1 with threshold "${deadZone.threshold}", a share of the absmax`;
    refuse("quantization.tables.deadZone.value", expected, String(deadZone.value));
  }
  checkGranularity(tables, refuse);
  for (const { bits, path } of bitRules(quantization)) {
    const allowed = ALLOWED_BITS[quantizer];
    if (allowed !== undefined && !allowed.bits.includes(bits)) refuse(path, allowed.text, String(bits));
  }
  if (quantizer === "stored") checkStoredPhases(quantization, refuse);
}

function checkGranularity(tables: TableQuantizationConfig, refuse: Refuse): void {
  const { quantizer } = tables;
  const needed = quantizer === "stored" ? "row" : "table";
  const overrides = tables.overrides.map((rule, i) => ({
    ...rule,
    at: `quantization.tables.overrides.${i}`,
  }));
  for (const { at, bits, granularity } of [{ ...tables, at: "quantization.tables" }, ...overrides]) {
    if (granularity === needed || (quantizer === "stored" && bits === 32)) continue;
    refuse(`${at}.granularity`, `"${needed}" with quantizer "${quantizer}"`, `"${granularity}"`);
  }
}

/** Lists every number of bits that a table may come to have, and where it stands. */
function bitRules({ schedule, tables }: QuantizationConfig): readonly TableRule[] {
  return [
    { path: "quantization.tables.bits", bits: tables.bits },
    ...tables.overrides.map(({ bits }, i) => ({ path: `quantization.tables.overrides.${i}.bits`, bits })),
    ...schedule.map(({ tablesBits: bits }, i) => ({ path: `quantization.schedule.${i}.tablesBits`, bits })),
  ];
}

/** There are no weights that codes of another width could be made of. */
function checkStoredPhases({ schedule, tables }: QuantizationConfig, refuse: Refuse): void {
  schedule.forEach(({ tablesBits }, i) => {
    if (tablesBits === tables.bits) return;
    const expected = `quantization.tables.bits = ${tables.bits} with quantizer "stored", whose codes stay as wide as they are`;
    refuse(`quantization.schedule.${i}.tablesBits`, expected, String(tablesBits));
  });
}

/** Bits that a quantizer has a form for, where these are not all; 32 means another thing to each. */
const ALLOWED_BITS: Partial<Record<TableQuantizationConfig["quantizer"], AllowedBits>> = {
  lsq: {
    bits: [2, 3, 4, 5, 6, 7, 8, 16, 32],
    text: 'at least 2 with quantizer "lsq", which has no 1-bit form',
  },
  stored: {
    bits: [2, 3, 4, 5, 6, 7, 8, 16, 32],
    text: 'at least 2 with quantizer "stored", for a sign has no zero to rest at',
  },
  "dead-zone": {
    bits: [2, 3, 4, 5, 6, 7, 8, 32],
    text: '2 to 8 with quantizer "dead-zone", or 32 for exact weights above the threshold',
  },
};

interface AllowedBits {
  readonly bits: readonly TrainingBits[];
  readonly text: string;
}
