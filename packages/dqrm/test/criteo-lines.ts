import { createRandom } from "@dqrm/core";

const INTEGERS = 13;
const CATEGORIES = 26;

/**
 * Generates lines in Criteo's format with the irregularities of the real ones: missing fields, negative counts,
 * hexadecimal categories in either case. The label depends on the first category, so that there is something to learn.
 */
export function criteoLines(count: number, seed: number): readonly string[] {
  const random = createRandom({ seed, stream: 0 });
  return Array.from({ length: count }, () => {
    const first = random.integer(8);
    const label = random.next() < (first < 3 ? 0.7 : 0.1) ? "1" : "0";
    const integers = Array.from({ length: INTEGERS }, () => {
      if (random.next() < 0.2) return "";
      return String(random.next() < 0.1 ? -random.integer(4) : random.integer(5000));
    });
    const categories = Array.from({ length: CATEGORIES }, (_, c) => {
      if (c > 0 && random.next() < 0.15) return "";
      const code = c === 0 ? first : random.integer(12);
      const text = (0x68fd1e64 + code).toString(16).padStart(8, "0");
      return random.next() < 0.1 ? text.toUpperCase() : text;
    });
    return [label, ...integers, ...categories].join("\t");
  });
}
