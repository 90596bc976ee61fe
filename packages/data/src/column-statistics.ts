import { parseNumber, parseTime } from "./cell-values.ts";

/** Gathers what a schema can be inferred from, over some rows of one column. */
export interface ColumnStatistics {
  readonly name: string;
  present: number;
  missing: number;
  /** How many present values are numbers, whole numbers, written like times, and 0 or 1. */
  numbers: number;
  integers: number;
  times: number;
  binary: number;
  readonly distinct: Set<string>;
  /** For each candidate separator: cells that hold it. */
  readonly separated: Map<string, number>;
  /** The distinct parts of cells, split at each candidate separator. */
  readonly parts: Map<string, Set<string>>;
}

/** Characters that separate the values of a cell in public logs; spaces and commas mean too much else. */
const SEPARATORS = ["|", ";"] as const;

/** Creates the statistics of a column before its first value. */
export function createColumnStatistics(name: string): ColumnStatistics {
  return {
    name,
    present: 0,
    missing: 0,
    numbers: 0,
    integers: 0,
    times: 0,
    binary: 0,
    distinct: new Set(),
    separated: new Map(SEPARATORS.map((separator) => [separator, 0])),
    parts: new Map(SEPARATORS.map((separator) => [separator, new Set()])),
  };
}

/** Adds one cell to the statistics of its column. */
export function addCell(column: ColumnStatistics, text: string, missing: boolean): void {
  if (missing) {
    column.missing++;
    return;
  }
  column.present++;
  column.distinct.add(text);
  const value = parseNumber(text);
  if (!Number.isNaN(value)) {
    column.numbers++;
    if (/^[+-]?\d+$/.test(text)) column.integers++;
    if (value === 0 || value === 1) column.binary++;
    return;
  }
  if (!Number.isNaN(parseTime(text))) column.times++;
  for (const separator of SEPARATORS) {
    const parts = text.split(separator);
    if (parts.length > 1) column.separated.set(separator, (column.separated.get(separator) ?? 0) + 1);
    for (const part of parts) column.parts.get(separator)?.add(part);
  }
}

/** Tells the separator of a multi-valued column, if it is one: parts recur more than whole cells do. */
export function separatorOf(column: ColumnStatistics): string | undefined {
  return SEPARATORS.find((separator) => {
    const often = (column.separated.get(separator) ?? 0) * 20 >= column.present && column.present > 0;
    return often && (column.parts.get(separator)?.size ?? 0) < column.distinct.size;
  });
}
