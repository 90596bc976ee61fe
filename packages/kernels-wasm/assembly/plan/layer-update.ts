import { accumulateOuter } from "../gemm";
import { largerMagnitude, largestMagnitude } from "../magnitude";
import { fakeQuantizeLanes } from "./fake-quantize";
import { transposeSquare } from "./interaction";
import { stepWeights } from "./optimizer";
import { Layer, Plan } from "./records";

/** Samples whose inputs, a cache line of each, stay in the first-level cache while four inputs after four take them. */
const BLOCK_SAMPLES: i32 = 128;

/**
 * Steps 8 outputs of a layer against the gradient of the batch, and renews how they are served.
 *
 * @param sums room for a panel, then the sums of the bias, then 8 gradients for each sample of a block
 */
export function updatePanel(plan: Plan, layer: Layer, panel: i32, sums: usize): void {
  const panelBytes = (<usize>layer.panelRows) << 5;
  const at = <usize>panel * panelBytes;
  const lanes = (<usize>panel) << 5;
  const biasSums = sums + panelBytes;
  const gradients = biasSums + 32;
  memory.fill(sums, 0, panelBytes + 32);
  for (let s = 0; s < plan.size; s += BLOCK_SAMPLES) {
    const samples = min(BLOCK_SAMPLES, plan.size - s);
    const x = layer.x + <usize>s * layer.xStride;
    gatherGradients(
      layer.dy + lanes + <usize>s * layer.dyStride,
      layer.dyStride,
      samples,
      gradients,
      biasSums,
    );
    accumulateOuter(x, layer.xStride, gradients, 32, samples, layer.inputs, sums);
  }
  stepWeights(plan, layer.master + at, layer.state + at, sums, layer.panelRows << 3);
  stepWeights(plan, layer.masterBias + lanes, layer.biasState + lanes, biasSums, 8);
  if (layer.oneScale != 0) keepPeak(layer, panel);
  else servePanel(layer, panel);
}

/** Copies 8 gradients of each sample side by side, where a loop over inputs finds them in few cache lines, and adds them up. */
function gatherGradients(dy: usize, stride: usize, samples: i32, dst: usize, sums: usize): void {
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  for (let s = 0; s < samples; s++) {
    const first = v128.load(dy);
    const second = v128.load(dy, 16);
    v128.store(dst, first);
    v128.store(dst, second, 16);
    low = f32x4.add(low, first);
    high = f32x4.add(high, second);
    dy += stride;
    dst += 32;
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}

/** Notes the largest weight of a panel, for the scale of the whole layer. */
export function keepPeak(layer: Layer, panel: i32): void {
  const at = layer.master + <usize>panel * ((<usize>layer.panelRows) << 5);
  store<f32>(
    layer.peaks + ((<usize>panel) << 2),
    largestMagnitude(i32x4.max_s(lanesPeak(layer, at), lanesPeak(layer, at + 16))),
  );
}

/** Finds the largest magnitude of each of four outputs' weights. */
function lanesPeak(layer: Layer, at: usize): v128 {
  let peak = i32x4.splat(0);
  for (let i = 0; i < layer.inputs; i++) {
    peak = largerMagnitude(peak, v128.load(at));
    at += 32;
  }
  return peak;
}

/** Renews the weights that a panel's outputs are served with, forward and transposed. */
export function servePanel(layer: Layer, panel: i32): void {
  const panelBytes = (<usize>layer.panelRows) << 5;
  const at = <usize>panel * panelBytes;
  if (layer.bits != 0) {
    quantizeLanes(layer, panel, 0);
    quantizeLanes(layer, panel, 4);
  }
  if (layer.backward == 0) return;
  for (let i = 0; i < layer.panelRows; i += 8) {
    const src = layer.forward + at + ((<usize>i) << 5);
    const dst = layer.backward + ((<usize>(i >> 3) * layer.outputCols + ((<usize>panel) << 3)) << 5);
    transposeSquare(src, 32, dst, 32);
    transposeSquare(src + 16, 32, dst + 128, 32);
    transposeSquare(src + 128, 32, dst + 16, 32);
    transposeSquare(src + 144, 32, dst + 144, 32);
  }
}

/** Serves four outputs by their codes: each with a scale of its own, or with the layer's. */
function quantizeLanes(layer: Layer, panel: i32, lane: i32): void {
  const lanes = ((<usize>panel) << 5) + ((<usize>lane) << 2);
  const at = <usize>panel * ((<usize>layer.panelRows) << 5) + ((<usize>lane) << 2);
  const peak = layer.oneScale != 0 ? f32x4.splat(layerPeak(layer)) : lanesPeak(layer, layer.master + at);
  const largest = <f32>max<i32>(1, (1 << (layer.bits - 1)) - 1);
  const scale = f32x4.div(f32x4.max(peak, f32x4.splat(1e-8)), f32x4.splat(largest));
  const inverse = f32x4.div(f32x4.splat(1), scale);
  // Outputs that only fill up the panel stay zero, although a sign has no code for it.
  const real = i32x4.lt_s(
    i32x4.add(i32x4.splat((panel << 3) + lane), i32x4(0, 1, 2, 3)),
    i32x4.splat(layer.outputs),
  );
  for (let i: usize = 0; i < (<usize>layer.inputs) << 5; i += 32) {
    const codes = fakeQuantizeLanes(v128.load(layer.master + at + i), scale, inverse, layer.bits);
    v128.store(layer.forward + at + i, v128.and(codes, real));
  }
  if (layer.quantizedBias == 0) return;
  const bias = fakeQuantizeLanes(v128.load(layer.masterBias + lanes), scale, inverse, layer.bits);
  v128.store(layer.bias + lanes, v128.and(bias, real));
}

function layerPeak(layer: Layer): f32 {
  let peak: f32 = 0;
  for (let p: usize = 0; p < (<usize>layer.outputCols) >> 3; p++) {
    peak = max(peak, load<f32>(layer.peaks + (p << 2)));
  }
  return peak;
}

/** Renews how a whole layer is served, after its masters were changed. */
export function serveLayer(at: usize): void {
  const layer = changetype<Layer>(at);
  const panels = layer.outputCols >> 3;
  if (layer.oneScale != 0) for (let p = 0; p < panels; p++) keepPeak(layer, p);
  for (let p = 0; p < panels; p++) servePanel(layer, p);
}
