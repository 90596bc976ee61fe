import { multiplyCodes, multiplyRowByCodes, quantizeInputs } from "../gemm-codes";
import { sigmoidRows } from "./layer-forward";
import { Layer } from "./records";

const RELU = 1;
const SIGMOID = 2;

/** Steps of an input without sign, and of one with: what 8 bits hold. */
const UNSIGNED_LEVELS: f32 = 255;
const SIGNED_LEVELS: f32 = 127;

/** Bytes of the scales of a part's rows. */
const SCALES_BYTES: usize = 128;

/** Bytes between the rows of codes: strides of a power of two would crowd into few sets of the cache. */
const ROW_GAP: usize = 32;

/** Overwrites y of `rows` samples, one or a multiple of 4, by products of 8-bit weights and inputs. */
export function layerForwardCodes(layer: Layer, from: i32, rows: i32, scratch: usize): void {
  const x = layer.x + <usize>from * layer.xStride;
  const y = layer.y + <usize>from * layer.yStride;
  const codes = scratch + SCALES_BYTES;
  const stride = ((<usize>layer.panelRows) << 1) + ROW_GAP;
  const levels = layer.unsignedInput != 0 ? UNSIGNED_LEVELS : SIGNED_LEVELS;
  quantizeInputs(x, layer.xStride, rows, layer.panelRows, levels, codes, stride, scratch);
  const panelStride = (<usize>layer.panelRows) << 4;
  const pairs = (layer.inputs + 1) >> 1;
  const panels = layer.outputCols >> 3;
  const floor: f32 = layer.activation == RELU ? 0 : -Infinity;
  const scales = layer.codeScale;
  if (rows == 1) {
    multiplyRowByCodes(codes, layer.codes, panelStride, pairs, panels, y, scratch, scales, layer.bias, floor);
  } else {
    multiplyCodes(
      codes,
      stride,
      layer.codes,
      panelStride,
      pairs,
      rows,
      panels,
      y,
      layer.yStride,
      scratch,
      scales,
      layer.bias,
      floor,
    );
  }
  if (layer.activation == SIGMOID) sigmoidRows(y, layer.yStride, rows, layer.outputs);
}
