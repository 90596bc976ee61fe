import type { Rate } from "./meters.ts";

/** Holds how many rows a second were looked up. */
export interface LookupTiming {
  /**
   * op: one kernel call after the other; workers: the same on as many worker threads, which share the table; plan: a
   * fused plan over tables that have the rows together.
   */
  readonly through: "op" | "workers" | "plan";
  readonly backend: string;
  readonly threads: number;
  readonly pooling: number;
  readonly megarowsPerSecond: Rate;
  /** The rate over the share of the time that the plan's lookups take; null where it does not measure that stage. */
  readonly stageMegarowsPerSecond: Rate | null;
}
