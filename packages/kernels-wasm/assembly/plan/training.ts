import { announcedPlan, awaitJob, meet, startJob } from "./control";
import { rangePeak, scanRange } from "./block-range";
import { runProbe } from "./probe";
import { Plan, Table } from "./records";
import { clearReports, gradientsAreFinite, worstStatus } from "./report";
import { runServing } from "./serving-job";
import { runTraining } from "./training-job";

export { closeControl, openControl } from "./control";
export { packPanels, unpackPanels } from "./layer-exchange";
export { serveLayer } from "./layer-update";

/** Runs a plan's job with the caller as thread 0; the workers take the other parts. */
export function runJob(control: usize, threads: i32, at: usize): void {
  const plan = changetype<Plan>(at);
  clearReports(plan);
  startJob(control, threads, at);
  runPart(plan, control, 0);
  meet(control, 0);
}

/** Serves jobs until the control is closed; thread >= 1. */
export function serve(control: usize, thread: i32): void {
  for (let seen = awaitJob(control, 0); ; seen = awaitJob(control, seen)) {
    const plan = announcedPlan(control);
    if (plan == 0) return;
    runPart(changetype<Plan>(plan), control, thread);
    meet(control, thread);
  }
}

function runPart(plan: Plan, control: usize, thread: i32): void {
  if (plan.served == 0) runTraining(plan, control, thread);
  else if (plan.served == 1) runServing(plan, control, thread);
  else runProbe(plan, thread);
}

/** Tells what the last job found: 0 that it was done, 1 bags that do not fit, 2 numbers that have to be looked at. */
export function jobStatus(at: usize): i32 {
  const plan = changetype<Plan>(at);
  const worst = worstStatus(plan);
  if (worst != 0 || plan.training == 0) return worst;
  return gradientsAreFinite(plan) ? 0 : 2;
}

/** Gives the exact absmax of a table; see block-range. */
export function tablePeak(table: usize, cols: i32): f32 {
  return rangePeak(changetype<Table>(table), cols);
}

/** Rebuilds the block peaks of a table. */
export function scanTable(table: usize, cols: i32): void {
  scanRange(changetype<Table>(table), cols);
}
