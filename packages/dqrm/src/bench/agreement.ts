import { DqrmError, type KernelBackend, type ProductPrecision, reference } from "@dqrm/core";
import { noisyProducts } from "./noisy-products.ts";

/** Holds the numbers that a run of a plan gave, by name. */
export type Trace = Readonly<Record<string, ArrayLike<number>>>;

/** Says how near a plan came to the reference: the largest deviation, as a share of its bound, and where it was. */
export interface Agreement {
  readonly share: number;
  readonly where: string;
}

/** Runs with noise; the largest deviation of them is taken. */
const NOISY_RUNS = 4;

/** Deviations beyond the largest seen, for the errors that no noisy run happened to draw. */
const SAFETY = 4;

/** Spacing of f32 numbers at 1. */
const EPSILON = 2 ** -23;

/**
 * Prepares a check that traces stay as near to the reference's as traces of kernels that err by all that they may.
 *
 * @units bound of an array: 4 × the largest deviation of four noisy runs, and one unit in the last place
 * @throws STATE, from the check, naming the number that is too far
 */
export function prepareAgreement(
  op: string,
  precision: ProductPrecision,
  run: (backend: KernelBackend) => Trace,
): (actual: Trace) => Agreement {
  const exact = run(reference);
  const noisy = Array.from({ length: NOISY_RUNS }, (_, seed) => run(noisyProducts(seed, precision)));
  const bounds = Object.entries(exact).map(([name, values]) => {
    const most = Math.max(...noisy.map((trace) => largestDifference(trace[name], values)));
    return { name, values, most: SAFETY * most };
  });
  return (actual) => {
    let worst: Agreement = { share: 0, where: "" };
    for (const { most, name, values } of bounds) {
      for (let i = 0; i < values.length; i++) {
        const bound = most + EPSILON * Math.abs(values[i]);
        const difference = Math.abs(actual[name][i] - values[i]);
        if (!(difference <= bound))
          throw disagreement(op, `${name}[${i}]`, [values[i], bound, actual[name][i]]);
        const share = bound === 0 ? 0 : difference / bound;
        if (share > worst.share) worst = { share, where: name };
      }
    }
    return worst;
  };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < b.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

function disagreement(
  op: string,
  what: string,
  [value, bound, actual]: readonly [value: number, bound: number, actual: number],
): DqrmError<"STATE"> {
  const expected = `${what} within ${bound} of the reference's ${value}`;
  return new DqrmError("STATE", { op, expected, actual: `it is ${actual}` });
}
