import { multiplyPanels } from "../gemm";
import { multiplyRowByPanels } from "../gemm-row";
import { sigmoid } from "./loss";
import { Layer } from "./records";

const RELU = 1;
const SIGMOID = 2;

/** Overwrites y of `rows` samples, one or a multiple of 4, with activation(x * weights + bias). */
export function layerForward(layer: Layer, from: i32, rows: i32): void {
  const x = layer.x + <usize>from * layer.xStride;
  const y = layer.y + <usize>from * layer.yStride;
  const weights = layer.forward;
  const panelStride = (<usize>layer.panelRows) << 5;
  const panels = layer.outputCols >> 3;
  const floor: f32 = layer.activation == RELU ? 0 : -Infinity;
  if (rows == 1) multiplyRowByPanels(x, weights, panelStride, layer.inputs, panels, y, layer.bias, floor);
  else {
    multiplyPanels(
      x,
      layer.xStride,
      weights,
      32,
      panelStride,
      layer.inputs,
      rows,
      panels,
      y,
      layer.yStride,
      layer.bias,
      floor,
      0,
      0,
    );
  }
  if (layer.activation == SIGMOID) sigmoidRows(y, layer.yStride, rows, layer.outputs);
}

/** Applies the sigmoid to `cols` numbers of each row. */
export function sigmoidRows(y: usize, stride: usize, rows: i32, cols: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < <usize>cols; c++) {
      const at = y + (c << 2);
      store<f32>(at, <f32>sigmoid(<f64>load<f32>(at)));
    }
    y += stride;
  }
}
