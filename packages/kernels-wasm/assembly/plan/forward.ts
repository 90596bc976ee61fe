import { interact } from "./interaction";
import { layerForward } from "./layer-forward";
import { Layer, Plan, Table } from "./records";
import { clearRow, copyRow } from "./rows";

/** Bytes of a Layer and of a Table, as they stand in an array. */
const LAYER_BYTES: usize = offsetof<Layer>();
const TABLE_BYTES: usize = offsetof<Table>();

@inline
export function bottomLayer(plan: Plan, k: i32): Layer {
  return changetype<Layer>(plan.layers + <usize>k * LAYER_BYTES);
}

@inline
export function topLayer(plan: Plan, k: i32): Layer {
  return bottomLayer(plan, plan.bottomCount + k);
}

@inline
export function tableAt(plan: Plan, t: i32): Table {
  return changetype<Table>(plan.tables + <usize>t * TABLE_BYTES);
}

/** Bytes of one sample's vectors. */
@inline
export function sampleBytes(plan: Plan): usize {
  return (<usize>plan.vectorRows * plan.vectorCols) << 2;
}

/** Rows of the samples that a call brings, rounded up to fours. */
@inline
export function paddedSize(plan: Plan): i32 {
  return (plan.size + 3) & ~3;
}

/** Copies the dense features of samples [from, from + rows) to where the first layer reads them; beyond the batch, zeros. */
export function takeDense(plan: Plan, from: i32, rows: i32): void {
  const layer = bottomLayer(plan, 0);
  const features = plan.denseFeatures;
  for (let s = from; s < from + rows; s++) {
    const to = layer.x + <usize>s * layer.xStride;
    if (s < plan.size) copyRow(plan.batchDense + ((<usize>s * features) << 2), to, features);
    else clearRow(to, features);
  }
}

/** Clears the vectors of samples that only fill up a block of four. */
export function clearVectors(plan: Plan, from: i32, rows: i32): void {
  for (let s = max(from, plan.size); s < from + rows; s++) {
    clearRow(plan.vectorsAt + <usize>s * sampleBytes(plan), plan.vectorRows * plan.vectorCols);
  }
}

export function bottomForward(plan: Plan, from: i32, rows: i32): void {
  for (let k = 0; k < plan.bottomCount; k++) layerForward(bottomLayer(plan, k), from, rows);
}

export function interactForward(plan: Plan, from: i32, rows: i32, thread: i32): void {
  const first = topLayer(plan, 0);
  interact(plan, from, rows, first.x, first.xStride, threadScratch(plan, thread) + plan.scratchBytes);
}

export function topForward(plan: Plan, from: i32, rows: i32): void {
  for (let k = 0; k < plan.topCount; k++) layerForward(topLayer(plan, k), from, rows);
}

/** Gives a thread's scratch: what may hold anything, then the interaction's, then that of its gradient. */
export function threadScratch(plan: Plan, thread: i32): usize {
  return plan.scratch + <usize>thread * (plan.scratchBytes + 2 * plan.interactionBytes);
}
