import { bagsFit } from "./bags";
import { clock, now, STAGE_BACKWARD, STAGE_BOTTOM, STAGE_INTERACTION, STAGE_INTERACTION_BACKWARD } from "./clock";
import { STAGE_LAYER_UPDATE, STAGE_LOOKUP, STAGE_ROW_UPDATE, STAGE_TOP, STAGE_WAIT } from "./clock";
import { meet, takePart } from "./control";
import {
  bottomForward,
  bottomLayer,
  clearVectors,
  interactForward,
  paddedSize,
  sampleBytes,
  tableAt,
  takeDense,
  threadScratch,
  topForward,
  topLayer,
} from "./forward";
import { interactBackward } from "./interaction-backward";
import { activationBackward, layerBackward } from "./layer-backward";
import { servePanel, updatePanel } from "./layer-update";
import { lookupFloats } from "./lookup-floats";
import { clearGradient, lossOf, predict } from "./loss";
import { Layer, Plan } from "./records";
import { BAD_BAGS, BAD_NUMBERS, gradientsAreFinite, Report, reportOf, worstStatus } from "./report";
import { updateRows } from "./row-update";
import { matrixPeak } from "./rows";

/** Does one thread's share of a step or of a prediction. */
export function runTraining(plan: Plan, control: usize, thread: i32): void {
  const report = reportOf(plan, thread);
  const size = paddedSize(plan);
  for (;;) {
    const from = takePart(control, 0) * plan.chunk;
    if (from >= size) break;
    const rows = min(plan.chunk, size - from);
    if (!forward(plan, from, rows, thread)) report.status = BAD_BAGS;
    else if (plan.training == 0) {
      if (!predict(plan, lastLayer(plan), from, min(from + rows, plan.size))) note(report, BAD_NUMBERS);
    } else {
      if (!lossOf(plan, lastLayer(plan), from, min(from + rows, plan.size))) note(report, BAD_NUMBERS);
      clearGradient(lastLayer(plan), max(from, plan.size), from + rows);
      backward(plan, from, rows, thread);
      findPeaks(plan, from, rows, report);
    }
  }
  if (plan.training == 0) return;
  let time: f64 = thread == 0 ? now() : 0;
  meet(control, thread);
  clock(plan.seconds, STAGE_WAIT, time, thread);
  if (worstStatus(plan) != 0 || !gradientsAreFinite(plan)) return;
  update(plan, control, thread);
}

@inline
function note(report: Report, status: i32): void {
  report.status = max(report.status, status);
}

@inline
function lastLayer(plan: Plan): Layer {
  return topLayer(plan, plan.topCount - 1);
}

/** Runs samples [from, from + rows) to their logits; answers false when their bags do not fit. */
function forward(plan: Plan, from: i32, rows: i32, thread: i32): bool {
  const to = min(from + rows, plan.size);
  const vector = <usize>plan.vectorCols << 2;
  const scratch = threadScratch(plan, thread);
  let time: f64 = thread == 0 ? now() : 0;
  for (let t = 0; t < plan.tableCount; t++) if (!bagsFit(tableAt(plan, t), from, to, scratch)) return false;
  clearVectors(plan, from, rows);
  for (let t = 0; t < plan.tableCount; t++) {
    const dst = plan.vectorsAt + <usize>from * sampleBytes(plan) + <usize>(t + 1) * vector;
    lookupFloats(tableAt(plan, t), from, to, plan.cols, dst, sampleBytes(plan), scratch);
  }
  time = clock(plan.seconds, STAGE_LOOKUP, time, thread);
  takeDense(plan, from, rows);
  bottomForward(plan, from, rows);
  time = clock(plan.seconds, STAGE_BOTTOM, time, thread);
  interactForward(plan, from, rows, thread);
  time = clock(plan.seconds, STAGE_INTERACTION, time, thread);
  topForward(plan, from, rows);
  clock(plan.seconds, STAGE_TOP, time, thread);
  return true;
}

function backward(plan: Plan, from: i32, rows: i32, thread: i32): void {
  let time: f64 = thread == 0 ? now() : 0;
  for (let k = plan.topCount - 1; k >= 0; k--) {
    layerBackward(topLayer(plan, k), k == 0 ? 0 : topLayer(plan, k - 1).activation, from, rows);
  }
  time = clock(plan.seconds, STAGE_BACKWARD, time, thread);
  const first = topLayer(plan, 0);
  const scratch = threadScratch(plan, thread) + plan.scratchBytes + plan.interactionBytes;
  interactBackward(plan, from, rows, first.dx, first.xStride, scratch);
  time = clock(plan.seconds, STAGE_INTERACTION_BACKWARD, time, thread);
  const last = bottomLayer(plan, plan.bottomCount - 1);
  const y = last.y + <usize>from * last.yStride;
  const dy = last.dy + <usize>from * last.dyStride;
  activationBackward(last.activation, y, last.yStride, dy, last.dyStride, rows, last.outputs);
  for (let k = plan.bottomCount - 1; k > 0; k--) {
    layerBackward(bottomLayer(plan, k), bottomLayer(plan, k - 1).activation, from, rows);
  }
  clock(plan.seconds, STAGE_BACKWARD, time, thread);
}

/** Notes the largest numbers of which the gradients of weights and rows are made. */
function findPeaks(plan: Plan, from: i32, rows: i32, report: Report): void {
  let inputs = report.inputs;
  let gradients = report.gradients;
  for (let k = 0; k < plan.bottomCount + plan.topCount; k++) {
    const layer = bottomLayer(plan, k);
    const x = layer.x + <usize>from * layer.xStride;
    const dy = layer.dy + <usize>from * layer.dyStride;
    inputs = max(inputs, matrixPeak(x, layer.xStride, rows, layer.panelRows));
    gradients = max(gradients, matrixPeak(dy, layer.dyStride, rows, layer.outputCols));
  }
  const vectors = plan.dvectorsAt + <usize>from * sampleBytes(plan);
  gradients = max(gradients, matrixPeak(vectors, sampleBytes(plan), rows, plan.vectors * plan.vectorCols));
  report.inputs = inputs;
  report.gradients = gradients;
}

/** Steps the panels of all layers and then the tables; each by the thread that is free first. */
function update(plan: Plan, control: usize, thread: i32): void {
  const scratch = threadScratch(plan, thread);
  const layers = plan.bottomCount + plan.topCount;
  let time: f64 = thread == 0 ? now() : 0;
  let part = takePart(control, 1);
  let passed = 0;
  for (let k = 0; k < layers; k++) {
    const layer = bottomLayer(plan, k);
    const panels = layer.outputCols >> 3;
    for (; part < passed + panels; part = takePart(control, 1)) updatePanel(plan, layer, part - passed, scratch);
    passed += panels;
  }
  time = clock(plan.seconds, STAGE_LAYER_UPDATE, time, thread);
  for (; part < passed + plan.tableCount; part = takePart(control, 1)) {
    const t = part - passed;
    const gradient = plan.dvectorsAt + (<usize>(t + 1) * plan.vectorCols << 2);
    updateRows(plan, tableAt(plan, t), gradient, sampleBytes(plan), scratch);
  }
  time = clock(plan.seconds, STAGE_ROW_UPDATE, time, thread);
  if (plan.oneScale == 0) return;
  meet(control, thread);
  serveLayers(plan, control, 2);
  clock(plan.seconds, STAGE_LAYER_UPDATE, time, thread);
}

/** Renews how all panels are served, once the largest weight of each layer is known. */
function serveLayers(plan: Plan, control: usize, phase: usize): void {
  let part = takePart(control, phase);
  let passed = 0;
  for (let k = 0; k < plan.bottomCount + plan.topCount; k++) {
    const layer = bottomLayer(plan, k);
    const panels = layer.outputCols >> 3;
    for (; part < passed + panels; part = takePart(control, phase)) servePanel(layer, part - passed);
    passed += panels;
  }
}
