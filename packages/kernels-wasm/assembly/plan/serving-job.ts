import { bagsFit } from "./bags";
import { clock, now, STAGE_BOTTOM, STAGE_INTERACTION, STAGE_LOOKUP, STAGE_TOP } from "./clock";
import { takePart } from "./control";
import {
  bottomLayer,
  clearVectors,
  interactForward,
  paddedSize,
  sampleBytes,
  tableAt,
  takeDense,
  threadScratch,
  topLayer,
} from "./forward";
import { layerForwardCodes } from "./layer-codes";
import { layerForward } from "./layer-forward";
import { lookupFloats } from "./lookup-floats";
import { lookupPacked } from "./lookup-packed";
import { predict } from "./loss";
import { Plan } from "./records";
import { BAD_BAGS, BAD_NUMBERS, reportOf } from "./report";

/** The kind of a table whose rows are packed. */
const PACKED = 3;

/** Does one thread's share of a prediction over tables as they are served. */
export function runServing(plan: Plan, control: usize, thread: i32): void {
  const report = reportOf(plan, thread);
  const size = plan.size == 1 ? 1 : paddedSize(plan);
  for (let from = takePart(control, 0) * plan.chunk; from < size; from = takePart(control, 0) * plan.chunk) {
    const rows = min(plan.chunk, size - from);
    const to = min(from + rows, plan.size);
    if (!serve(plan, from, rows, thread)) report.status = max(report.status, BAD_BAGS);
    else if (!predict(plan, topLayer(plan, plan.topCount - 1), from, to))
      report.status = max(report.status, BAD_NUMBERS);
  }
}

/** Runs samples [from, from + rows) to their logits; answers false when their bags do not fit. */
function serve(plan: Plan, from: i32, rows: i32, thread: i32): bool {
  const to = min(from + rows, plan.size);
  const scratch = threadScratch(plan, thread);
  let time: f64 = thread == 0 ? now() : 0;
  for (let t = 0; t < plan.tableCount; t++) if (!bagsFit(tableAt(plan, t), from, to, scratch)) return false;
  clearVectors(plan, from, rows);
  for (let t = 0; t < plan.tableCount; t++) {
    const table = tableAt(plan, t);
    const dst = plan.vectorsAt + <usize>from * sampleBytes(plan) + ((<usize>(t + 1) * plan.vectorCols) << 2);
    if (table.kind == PACKED) lookupPacked(table, from, to, plan.cols, dst, sampleBytes(plan), scratch);
    else lookupFloats(table, from, to, plan.cols, dst, sampleBytes(plan), scratch);
  }
  time = clock(plan.seconds, STAGE_LOOKUP, time, thread);
  takeDense(plan, from, rows);
  serveLayers(plan, 0, plan.bottomCount, from, rows, scratch);
  time = clock(plan.seconds, STAGE_BOTTOM, time, thread);
  interactForward(plan, from, rows, thread);
  time = clock(plan.seconds, STAGE_INTERACTION, time, thread);
  serveLayers(plan, plan.bottomCount, plan.bottomCount + plan.topCount, from, rows, scratch);
  clock(plan.seconds, STAGE_TOP, time, thread);
  return true;
}

function serveLayers(plan: Plan, first: i32, end: i32, from: i32, rows: i32, scratch: usize): void {
  for (let k = first; k < end; k++) {
    const layer = bottomLayer(plan, k);
    if (layer.codes != 0) layerForwardCodes(layer, from, rows, scratch);
    else layerForward(layer, from, rows);
  }
}
