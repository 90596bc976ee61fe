import { add, addN, mul, sum, type Tensor } from "@tensorflow/tfjs-core";
import { checkFinite } from "@dqrm/core/checks";
import type { Runtime } from "../runtime/runtime.ts";

/** Gives numbers as they are where the others are finite, and NaN where they are not. */
export function markFinite(values: Tensor, others: Tensor): Tensor {
  return add(values, mul(others, 0));
}

/** Tells, by one number that comes back, whether all numbers of some tensors are finite. */
export function areFinite(tensors: readonly Tensor[], runtime: Runtime): boolean {
  if (tensors.length === 0) return true;
  const mark = new Float32Array(1);
  runtime.run(() => {
    runtime.receive(addN(tensors.map((tensor) => sum(mul(tensor, 0)))), mark, 0);
  });
  return mark[0] === 0;
}

/**
 * Checks logits by what {@link markFinite} made of them, and reads them only to name the one that is not finite.
 *
 * @throws NON_FINITE naming the sample
 */
export function checkLogits(marked: Float32Array, logits: Tensor, runtime: Runtime): void {
  const { size } = logits;
  for (let i = 0; i < size; i++) {
    if (!Number.isNaN(marked[i])) continue;
    const values = new Float32Array(size);
    runtime.receive(logits, values, 0);
    checkFinite("logit", values, 0, size);
  }
}
