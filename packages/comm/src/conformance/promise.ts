/** States what a codec promises beyond the interface; the kit holds it to that. */
export interface CodecPromise {
  /** "any": gradients of scattered rows; "all": only those of rows 0, 1, … in order. */
  readonly rows: "any" | "all";
  /** Largest |decoded − original| as a share of a largest magnitude; 0 for a lossless codec. */
  readonly relativeError: number;
  /** Whose largest magnitude: the row's unless it says that of the whole gradient. */
  readonly errorRelativeTo?: "row" | "gradient";
  /** Added to the error allowed, for scales that cannot be as small as a gradient; half the smallest float without it. */
  readonly absoluteError?: number;
  /** Whether the mean over keys is the gradient. */
  readonly unbiased: boolean;
  /** Whether a payload with any one byte changed is refused. */
  readonly detectsDamage: boolean;
}
