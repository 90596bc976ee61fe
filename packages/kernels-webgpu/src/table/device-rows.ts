import {
  checkPackedRows,
  DqrmError,
  hasBias,
  isDeadZone,
  rowBytes,
  spanLayout,
  type PackedRows,
} from "@dqrm/core";
import { checkLength, checkSize } from "@dqrm/core/checks";
import type { BridgeArray } from "@dqrm/device-bridge";
import { packedParams } from "../ops/packed-params.ts";
import type { Param } from "../device/params.ts";
import type { ShaderName } from "../shaders.generated.ts";

/** Holds the float rows of a table. @shape weights f32[rows × cols] */
export interface FloatRows {
  readonly rows: number;
  readonly cols: number;
  readonly weights: Float32Array;
}

/** Says what a table is on the device: how its rows are cut out, and which shaders read them. */
export interface DeviceRows {
  readonly rows: number;
  readonly cols: number;
  /** Largest array of one row, by which shards are cut. */
  readonly rowBytes: number;
  /** Gives the arrays of rows [begin, end): those that a shader binds first and those that it binds last. */
  cut(begin: number, end: number): { readonly table: BridgeArray; readonly others: readonly BridgeArray[] };
  /** Fields of the uniforms behind those that all bags, or all gathers, have. */
  readonly params: readonly Param[];
  readonly pool: ShaderName;
  readonly gather: ShaderName;
}

/** A binding needs some bytes, also where a format has no bias. */
const NO_BIAS = new Float32Array(1);

/** Describes float rows. @throws SHAPE when there are fewer weights */
export function floatRows({ cols, rows, weights }: FloatRows): DeviceRows {
  checkSize("uploadTable", "rows", rows);
  checkSize("uploadTable", "cols", cols);
  checkLength("uploadTable", "weights", weights.length, rows * cols);
  return {
    rows,
    cols,
    rowBytes: 4 * cols,
    cut: (begin, end) => ({ table: weights.subarray(begin * cols, end * cols), others: [] }),
    params: [],
    pool: "embedding-bag",
    gather: "gather-rows",
  };
}

/** Describes packed rows. @throws UNSUPPORTED for dead zones; SHAPE when an array is too short */
export function packedRows(packed: PackedRows): DeviceRows {
  checkPackedRows("uploadTable", packed);
  const { bias, codes, format, rows, scale } = packed;
  if (isDeadZone(format.scheme))
    throw new DqrmError("UNSUPPORTED", {
      op: "uploadTable",
      spec: JSON.stringify(format),
      tried: ["webgpu"],
    });
  const bytes = rowBytes(format);
  const { scaleStep } = spanLayout(format);
  const part = (all: Float32Array, begin: number, end: number): Float32Array =>
    scaleStep === 0 ? all.subarray(0, 1) : all.subarray(begin * scaleStep, end * scaleStep);
  return {
    rows,
    cols: format.cols,
    rowBytes: Math.max(bytes, 4 * scaleStep),
    cut: (begin, end) => ({
      table: codes.subarray(begin * bytes, end * bytes),
      others: [part(scale, begin, end), hasBias(format.scheme) ? part(bias, begin, end) : NO_BIAS],
    }),
    params: packedParams(format),
    pool: "embedding-bag-packed",
    gather: "gather-packed",
  };
}
