import { multiplyPanels } from "../gemm";
import { Layer } from "./records";

const RELU = 1;
const SIGMOID = 2;

/**
 * Overwrites dx of `rows` samples with dy * weights, times the derivative of the activation that gave x.
 *
 * @param activation of the layer before, 0 where there is none
 */
export function layerBackward(layer: Layer, activation: i32, from: i32, rows: i32): void {
  const dx = layer.dx + <usize>from * layer.xStride;
  const x = layer.x + <usize>from * layer.xStride;
  multiplyPanels(
    layer.dy + <usize>from * layer.dyStride,
    layer.dyStride,
    layer.backward,
    32,
    (<usize>layer.outputCols) << 5,
    layer.outputs,
    rows,
    layer.panelRows >> 3,
    dx,
    layer.xStride,
    layer.zeros,
    -Infinity,
    activation == RELU ? x : 0,
    layer.xStride,
  );
  if (activation == SIGMOID)
    activationBackward(activation, x, layer.xStride, dx, layer.xStride, rows, layer.inputs);
}

/** Multiplies `cols` gradients of each row by the derivative of the activation, given its result y. */
export function activationBackward(
  activation: i32,
  y: usize,
  yStride: usize,
  dy: usize,
  dyStride: usize,
  rows: i32,
  cols: i32,
): void {
  if (activation == 0) return;
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < <usize>cols; c++) {
      const value = load<f32>(y + (c << 2));
      const slope: f32 = activation == SIGMOID ? value * (1 - value) : value <= 0 ? 0 : 1;
      const at = dy + (c << 2);
      store<f32>(at, load<f32>(at) * slope);
    }
    y += yStride;
    dy += dyStride;
  }
}
