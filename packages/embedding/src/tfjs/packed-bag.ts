import {
  engine,
  getBackend,
  getKernel,
  registerKernel,
  tensor1d,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Tensor,
  type Tensor1D,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import {
  BIT_WIDTHS,
  createKernels,
  DqrmError,
  reference,
  rowBytes,
  type PackedRows,
  type Pooling,
  type RowFormat,
} from "@dqrm/core";
import { packedTable } from "../packed-table.ts";
import { asBackend, bagsOfPadded, numbersOf } from "./bags-of-tensors.ts";

const KERNEL = "DqrmPackedEmbeddingBag";

const kernels = createKernels([reference]);

/** Holds packed rows in tensors of the backend in use; TensorFlow.js moves them when the backend changes. */
export interface PackedTensors {
  readonly format: RowFormat;
  readonly rows: number;
  /** The packed bytes, four in a word. @shape i32[⌈rows·rowBytes/4⌉] */
  readonly codes: Tensor1D;
  /** @shape f32[scaleCount] */
  readonly scale: Tensor1D;
}

/**
 * Puts packed rows into tensors, which are the caller's to dispose.
 *
 * @throws VALUE when the codes are not symmetric
 * @cost a copy of the codes
 */
export function packedTensors({ codes, format, rows, scale }: PackedRows): PackedTensors {
  if (format.scheme !== "symmetric") {
    const expected = "symmetric";
    throw new DqrmError("VALUE", { op: "packedTensors", what: "scheme", expected, actual: format.scheme });
  }
  const words = new Int32Array(Math.ceil(codes.length / 4));
  new Uint8Array(words.buffer).set(codes);
  return { format, rows, codes: tensor1d(words, "int32"), scale: tensor1d(scale.slice()) };
}

/**
 * Looks bags up in packed rows, by a kernel that is registered for the backend at its first use.
 *
 * The kernel reads codes where they lie, on wasm in the heap; the result equals packedTable's bit for bit. It has no
 * gradient.
 *
 * @shape indices [bags × places], negative where empty; weights f32[as indices] → f32[bags × cols]
 * @throws INDEX_RANGE when an index is not below rows; STATE on a backend that cannot be read at once
 *
 * ```ts doctest
 * import "@tensorflow/tfjs-backend-cpu";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { packedEmbeddingBag, packedTensors } from "@dqrm/embedding/tfjs";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * // The codes 9, 7 and 12, 8 are the weights 1, -1 and 4, 0 times 0.5.
 * const packed = {
 *   format, rows: 2, codes: Uint8Array.of(0x79, 0x8c), scale: Float32Array.of(0.5), bias: new Float32Array(0),
 * };
 * const table = packedTensors(packed);
 * const bags = tf.tensor2d([[0, 1], [1, -1]], [2, 2], "int32");
 * packedEmbeddingBag(table, { indices: bags, pooling: "sum" }).dataSync(); // => [2.5, -0.5, 2, 0]
 * ```
 */
export function packedEmbeddingBag(
  { codes, format, rows, scale }: PackedTensors,
  input: { readonly indices: Tensor; readonly weights?: Tensor; readonly pooling: Pooling },
): Tensor {
  const { indices, pooling, weights } = input;
  const name = getBackend();
  if (getKernel(KERNEL, name) === undefined || getKernel(KERNEL, name) === null) {
    registerKernel({ kernelName: KERNEL, backendName: name, kernelFunc: computeBags });
  }
  const { granularity } = format;
  return engine().runKernel<Tensor>(
    KERNEL,
    { codes, scale, indices, ...(weights === undefined ? {} : { weights }) },
    {
      rows,
      bits: format.bits,
      cols: format.cols,
      pooling,
      granularity: granularity.kind,
      groupCols: granularity.kind === "group" ? granularity.groupCols : 0,
    },
  );
}

function computeBags(call: {
  inputs: NamedTensorInfoMap;
  backend: object;
  attrs?: NamedAttrMap;
}): TensorInfo {
  const { attrs = {}, backend } = call;
  const { weights } = call.inputs;
  const [codes, indices, scale] = (["codes", "indices", "scale"] as const).map((name) =>
    inputOf(call.inputs, name),
  );
  const format = formatOf(attrs);
  const rows = Number(attrs["rows"]);
  const pooling: Pooling = attrs["pooling"] === "mean" ? "mean" : "sum";
  const bytes = bytesOf(inPlace(backend, codes)).subarray(0, rows * rowBytes(format));
  const scales = inPlace(backend, scale);
  const inFloats = scales instanceof Float32Array ? scales : Float32Array.from(scales);
  const table = { format, rows, codes: bytes, scale: inFloats, bias: new Float32Array(0) };
  const [bags, places = 1] = indices.shape;
  const values = weights === undefined ? undefined : numbersOf(backend, weights);
  const padded = bagsOfPadded(numbersOf(backend, indices), [bags, places], values);
  const dst = new Float32Array(bags * format.cols);
  packedTable(table, { pooling, kernels }).lookup(padded.bags, dst);
  const shape = [bags, format.cols];
  return { dataId: asBackend(backend).write(dst, shape, "float32"), shape, dtype: "float32" };
}

function inputOf(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const info = inputs[name];
  if (info !== undefined) return info;
  throw new DqrmError("VALUE", {
    op: KERNEL,
    what: `input ${name}`,
    expected: "a tensor",
    actual: "missing",
  });
}

function formatOf(attrs: NamedAttrMap): RowFormat {
  const groupCols = Number(attrs["groupCols"]);
  const kind = attrs["granularity"] === "row" ? "row" : "table";
  return {
    bits: BIT_WIDTHS.find((width) => width === attrs["bits"]) ?? 1,
    cols: Number(attrs["cols"]),
    scheme: "symmetric",
    granularity: groupCols > 0 ? { kind: "group", groupCols } : { kind },
  };
}

/** The backend wasm copies what `readSync` gives; its heap can be read in place. */
interface HeapBackend {
  typedArrayFromHeap(info: TensorInfo): ArrayLike<number>;
}

function hasHeap(host: object): host is HeapBackend {
  return "typedArrayFromHeap" in host && typeof host.typedArrayFromHeap === "function";
}

function inPlace(host: object, info: TensorInfo): ArrayLike<number> {
  return hasHeap(host) ? host.typedArrayFromHeap(info) : numbersOf(host, info);
}

function bytesOf(words: ArrayLike<number>): Uint8Array {
  const view = words instanceof Int32Array ? words : Int32Array.from(words);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
