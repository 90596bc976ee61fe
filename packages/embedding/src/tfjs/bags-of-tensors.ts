import { backend, getBackend, KernelBackend, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";
import { DqrmError, type Jagged } from "@dqrm/core";

/** Above this, f32 no longer holds every integer, and an index would be another one. */
const LARGEST_F32_INDEX = 2 ** 24;

/** Holds the bags of a padded matrix of indices, and where each used index stood in it. */
export interface PaddedBags {
  readonly bags: Jagged;
  readonly positions: Int32Array;
}

/**
 * Turns a matrix of indices into bags: a row is a bag, a negative index an empty place.
 *
 * @shape indices [bags × places], weights f32[as indices]
 * @throws SHAPE when the weights do not match; VALUE when an index is no integer, or too large for the f32 that holds it
 */
export function bagsOfPadded(
  indices: ArrayLike<number>,
  [bags, places]: readonly [number, number],
  weights: ArrayLike<number> | undefined,
): PaddedBags {
  if (weights !== undefined && weights.length !== indices.length) {
    const [expected, actual] = [indices.length, weights.length];
    throw new DqrmError("SHAPE", { op: "embedding bag", what: "weights", expected, actual });
  }
  const exact = indices instanceof Int32Array;
  const used = new Int32Array(indices.length);
  const positions = new Int32Array(indices.length);
  const offsets = new Int32Array(bags + 1);
  let count = 0;
  for (let bag = 0; bag < bags; bag++) {
    for (let at = bag * places; at < (bag + 1) * places; at++) {
      const index = indices[at];
      if (index < 0) continue;
      if (!exact) checkFloatIndex(at, index);
      used[count] = index;
      positions[count] = at;
      count += 1;
    }
    offsets[bag + 1] = count;
  }
  const kept = positions.subarray(0, count);
  const single = { indices: used.subarray(0, count), offsets };
  if (weights === undefined) return { bags: single, positions: kept };
  return { bags: { ...single, weights: Float32Array.from(kept, (at) => weights[at]) }, positions: kept };
}

/**
 * Reads numbers of a tensor without waiting.
 *
 * @throws STATE on a backend that cannot: webgpu only gives its numbers later
 */
export function readNow(tensor: Tensor): Float32Array | Int32Array | Uint8Array {
  try {
    return tensor.dataSync();
  } catch (cause) {
    const expected = "a backend that gives its numbers at once: cpu, wasm, webgl or tensorflow";
    throw new DqrmError("STATE", { op: "QuantizedEmbeddingBag", expected, actual: getBackend() }, { cause });
  }
}

/** Gives the backend in use as what every backend is. @throws STATE when it is something else */
export function numbersOf(host: object, { dataId }: TensorInfo): ArrayLike<number> {
  const values = asBackend(host).readSync(dataId);
  if (values instanceof Int32Array || values instanceof Float32Array) return values;
  return failBackend("numbers in 32 bits");
}

/** Narrows the backend that TensorFlow.js hands to a kernel. @throws STATE when it is none */
export function asBackend(host: object = backend()): KernelBackend {
  return host instanceof KernelBackend
    ? host
    : failBackend("a KernelBackend of the same @tensorflow/tfjs-core");
}

function failBackend(expected: string): never {
  throw new DqrmError("STATE", { op: "embedding bag", expected, actual: getBackend() });
}

function checkFloatIndex(position: number, index: number): void {
  if (Number.isInteger(index) && index <= LARGEST_F32_INDEX) return;
  throw new DqrmError("VALUE", {
    op: "embedding bag",
    what: `indices[${position}]`,
    expected: "an integer; above 2^24, one in an int32 tensor",
    actual: String(index),
  });
}
