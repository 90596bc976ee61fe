/** Says what the kits found inside a page. */
export interface Report {
  readonly isolated: boolean;
  /** Whether the memory of the kernels could be shared with workers. */
  readonly shared: boolean;
  readonly threads: number;
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}
