/** Says what the kits found inside a page. */
export interface Report {
  /** Why there is no device, or empty. */
  readonly unavailable: string;
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}
