import { multiplyPanels } from "../gemm";
import { sigmoid } from "./loss";
import { Layer } from "./records";

const RELU = 1;
const SIGMOID = 2;

/** Overwrites y of `rows` samples, a multiple of 4, with activation(x * weights + bias). */
export function layerForward(layer: Layer, from: i32, rows: i32): void {
  const y = layer.y + <usize>from * layer.yStride;
  multiplyPanels(
    layer.x + <usize>from * layer.xStride,
    layer.xStride,
    layer.forward,
    32,
    (<usize>layer.panelRows) << 5,
    layer.inputs,
    rows,
    layer.outputCols >> 3,
    y,
    layer.yStride,
    layer.bias,
    layer.activation == RELU ? 0 : -Infinity,
    0,
    0,
  );
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
