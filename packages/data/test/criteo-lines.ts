import { createRandom } from "@dqrm/core";

/** One generated line with what a parser must make of it; NaN and -1 mean missing. */
export interface CriteoLine {
  readonly text: string;
  readonly label: number;
  readonly integers: readonly number[];
  readonly codes: readonly number[];
}

/** Generates well-formed lines with the irregularities of the real logs: missing fields, negatives, either case. */
export function generateCriteoLines(count: number, seed: number): CriteoLine[] {
  const random = createRandom({ seed, stream: 0 });
  return Array.from({ length: count }, () => {
    const label = random.next() < 0.26 ? 1 : 0;
    const integers = Array.from({ length: 13 }, () => {
      if (random.next() < 0.2) return Number.NaN;
      const value = Math.floor(random.next() ** 4 * 70_000);
      return random.next() < 0.1 ? 0 - random.integer(4) : value;
    });
    const codes = Array.from({ length: 26 }, (_, c) => {
      if (random.next() < 0.15) return -1;
      return Math.floor(random.next() ** 3 * (c % 5 === 0 ? 2 ** 32 : 50));
    });
    const hex = (code: number): string => {
      if (code < 0) return "";
      const text = code.toString(16).padStart(8, "0");
      return random.next() < 0.1 ? text.toUpperCase() : text;
    };
    const decimals = integers.map((value) => (Number.isNaN(value) ? "" : String(value)));
    return { text: [String(label), ...decimals, ...codes.map(hex)].join("\t"), label, integers, codes };
  });
}

/** A well-formed line of ones, for tests that damage one field. */
export function plainLine(change: Readonly<Record<number, string>> = {}): string {
  const fields = Array.from({ length: 40 }, (_, i) => change[i] ?? "1");
  return fields.join("\t");
}
