import type { DenseEncoding } from "./preprocessing.ts";

/** Sets how numeric columns become dense features. */
export interface DenseOptions {
  /** "log1p" gives ln(1 + max(x, 0)). */
  readonly transform: "none" | "log1p";
  /**
   * Subtracts the training mean and divides by the training deviation. Columns in which at least a quarter of the
   * values are negative are then standardised without a logarithm, which would drop their sign.
   */
  readonly standardize: boolean;
  /** Adds, for each column that has missing values, a column that is 1 where the value is missing. */
  readonly missingFlags: boolean;
}

/** From this share of negative values on a column is signed; Criteo's I2, whose -1 and -2 are codes, has 10 %. */
const SIGNED_SHARE = 0.25;

/** Keeps mean and sum of squared deviations of a growing set of numbers. */
interface Moments {
  mean: number;
  squares: number;
}

/** Gathers the statistics of one numeric column. */
export class DenseFit {
  readonly #column: string;
  readonly #plain: Moments = { mean: 0, squares: 0 };
  readonly #log: Moments = { mean: 0, squares: 0 };
  #count = 0;
  #negatives = 0;
  #missing = 0;

  constructor(column: string) {
    this.#column = column;
  }

  /** Adds one value; NaN means missing. */
  add(value: number): void {
    if (Number.isNaN(value)) {
      this.#missing++;
      return;
    }
    this.#count++;
    if (value < 0) this.#negatives++;
    this.#update(this.#plain, value);
    this.#update(this.#log, Math.log1p(Math.max(value, 0)));
  }

  /** Settles the encoding. */
  finish(options: DenseOptions): DenseEncoding {
    const signed = options.standardize && this.#count > 0 && this.#negatives >= SIGNED_SHARE * this.#count;
    const transform = signed ? "none" : options.transform;
    const { mean, squares } = transform === "none" ? this.#plain : this.#log;
    const deviation = Math.sqrt(squares / Math.max(1, this.#count));
    // A constant column carries nothing; dividing it by its rounding errors would.
    const usable = Number.isFinite(deviation) && deviation > 1e-12 * Math.max(1, Math.abs(mean));
    return {
      column: this.#column,
      transform,
      mean: options.standardize ? mean : 0,
      deviation: options.standardize && usable ? deviation : 1,
      missingFlag: options.missingFlags && this.#missing > 0,
    };
  }

  /** @source B. P. Welford, "Note on a method for calculating corrected sums of squares" (1962) */
  #update(moments: Moments, value: number): void {
    const before = value - moments.mean;
    moments.mean += before / this.#count;
    moments.squares += before * (value - moments.mean);
  }
}
