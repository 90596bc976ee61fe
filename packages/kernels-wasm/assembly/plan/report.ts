import { Plan } from "./records";

/** Bytes of what one thread found, a cache line. */
const REPORT_BYTES: usize = 64;

/** Offsets or indices of a table's bags do not fit. */
export const BAD_BAGS = 1;
/** A logit is not finite: the executor of single kernels says why, or takes the step. */
export const BAD_NUMBERS = 2;

/** Sums of this magnitude are finite, whatever their rounding errors add: the largest float is 3.4e38. */
const SAFE_SUM: f64 = 1e38;

/** Holds what a thread found in its part of the batch. */
@unmanaged
export class Report {
  status: i32;
  /** Largest magnitude of what layers read, and of the gradients of what they gave; NaN when one is. */
  inputs: f32;
  gradients: f32;
}

/** Gives the report of a thread. */
export function reportOf(plan: Plan, thread: i32): Report {
  return changetype<Report>(plan.reports + <usize>thread * REPORT_BYTES);
}

/** Empties the reports of all threads before a job. */
export function clearReports(plan: Plan): void {
  for (let t = 0; t < plan.threads; t++) {
    const report = reportOf(plan, t);
    report.status = 0;
    report.inputs = 1;
    report.gradients = 0;
  }
}

/** Gives the gravest status of all threads. */
export function worstStatus(plan: Plan): i32 {
  let worst = 0;
  for (let t = 0; t < plan.threads; t++) worst = max(worst, reportOf(plan, t).status);
  return worst;
}

/**
 * Tells whether every gradient of the step is certainly finite: each is a sum of at most `terms` products of an input,
 * 1 or a factor of a bag, and a gradient.
 */
export function gradientsAreFinite(plan: Plan): bool {
  let inputs: f32 = 1;
  let gradients: f32 = 0;
  for (let t = 0; t < plan.threads; t++) {
    const report = reportOf(plan, t);
    inputs = max(inputs, report.inputs);
    gradients = max(gradients, report.gradients);
  }
  return plan.terms * <f64>inputs * <f64>gradients <= SAFE_SUM;
}
