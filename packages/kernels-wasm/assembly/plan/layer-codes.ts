import { multiplyCodes, quantizeInputs } from "../gemm-codes";
import { sigmoidRows } from "./layer-forward";
import { Layer } from "./records";

const RELU = 1;
const SIGMOID = 2;

/** Steps of an input without sign, and of one with: what 8 bits hold. */
const UNSIGNED_LEVELS: f32 = 255;
const SIGNED_LEVELS: f32 = 127;

/** Bytes between the rows of codes: strides of a power of two would crowd into few sets of the cache. */
const ROW_GAP: usize = 32;

/** Overwrites y of `rows` samples, a multiple of 4, by products of 8-bit weights and inputs. */
export function layerForwardCodes(layer: Layer, from: i32, rows: i32, scratch: usize): void {
  const y = layer.y + <usize>from * layer.yStride;
  const x = layer.x + <usize>from * layer.xStride;
  const scales = scratch;
  const codes = scratch + (<usize>rows << 2);
  const stride = (<usize>layer.panelRows << 1) + ROW_GAP;
  const levels = layer.unsignedInput != 0 ? UNSIGNED_LEVELS : SIGNED_LEVELS;
  quantizeInputs(x, layer.xStride, rows, layer.panelRows, levels, codes, stride, scales);
  multiplyCodes(
    codes,
    stride,
    layer.codes,
    <usize>layer.panelRows << 4,
    (layer.inputs + 1) >> 1,
    rows,
    layer.outputCols >> 3,
    y,
    layer.yStride,
    scales,
    layer.codeScale,
    layer.bias,
    layer.activation == RELU ? 0 : -Infinity,
  );
  if (layer.activation == SIGMOID) sigmoidRows(y, layer.yStride, rows, layer.outputs);
}
