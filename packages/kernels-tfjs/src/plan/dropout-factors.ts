import type { Tensor } from "@tensorflow/tfjs-core";
import { createDropouts, type Batch, type ModelSpec } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";

/** Gives the factors of the inputs of top layers in a step: what core drops, this drops. */
export type DropoutFactors = (batch: Batch, step: number) => readonly (Tensor | undefined)[];

/** Prepares the factors of dropout; none where nothing is dropped. */
export function createDropoutFactors(spec: ModelSpec, runtime: Runtime, maxBatch: number): DropoutFactors {
  const dropouts = createDropouts(spec, maxBatch);
  if (dropouts.length === 0) return () => [];
  const widest = Math.max(...spec.top.map(({ inputs }) => inputs));
  const ones = new Float32Array(maxBatch * widest).fill(1);
  return ({ firstSample = 0, size }, step) =>
    spec.top.map(({ inputs }, k) => {
      const count = size * inputs;
      const factors = dropouts[k]?.forward(ones, count, { step, firstSample });
      return factors && runtime.send(factors.subarray(0, count), [size, inputs]);
    });
}
