/** Adding and taking away 1.5 · 2^52 leaves no bit for a fraction, so the FPU itself rounds, halves to even. */
const INTEGERS_ONLY: number = 1.5 * 2 ** 52;

/** Rounds to the nearest integer, halves to even, for |value| < 2^51. */
export function roundHalfEven(value: number): number {
  return value + INTEGERS_ONLY - INTEGERS_ONLY;
}
