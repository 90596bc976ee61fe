import { createRandom } from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";

const { ops } = createBackend(await createRuntime<TrainingExports>({ module: trainingModule, threads: 1 }));
const none = new Float32Array(0);

/** Odd sizes, so that no part ends where a tile does; more terms than are summed at a time. */
const SAMPLES = 301;
const INPUTS = 35;
const OUTPUTS = 21;

function normals(seed: number, length: number): Float32Array {
  const random = createRandom({ seed, stream: 0 });
  return Float32Array.from({ length }, () => random.normal());
}

const x = normals(1, SAMPLES * INPUTS);
const weight = normals(2, OUTPUTS * INPUTS);
const dy = normals(3, SAMPLES * OUTPUTS);

/** Computes [0, count) in parts of the given size, as threads would. */
function inParts(
  length: number,
  count: number,
  part: number,
  run: (dst: Float32Array, begin: number, end: number) => void,
): Float32Array {
  const dst = new Float32Array(length).fill(Number.NaN);
  for (let begin = 0; begin < count; begin += part) run(dst, begin, Math.min(begin + part, count));
  return dst;
}

const linear = ops.linear!({ inputs: INPUTS, outputs: OUTPUTS, activation: "none" })!;
const backwardInput = ops.linearBackwardInput!({ inputs: INPUTS, outputs: OUTPUTS })!;
const backwardWeight = ops.linearBackwardWeight!({ inputs: INPUTS, outputs: OUTPUTS })!;
const interaction = ops.interaction!({ kind: "dot", itself: false, vectors: 5, cols: 7 })!;

const products = {
  linear: (part: number) =>
    inParts(SAMPLES * OUTPUTS, SAMPLES, part, (dst, begin, end) => linear(x, weight, none, dst, begin, end)),
  linearBackwardInput: (part: number) =>
    inParts(SAMPLES * INPUTS, SAMPLES, part, (dst, begin, end) => backwardInput(dy, weight, dst, begin, end)),
  linearBackwardWeight: (part: number) =>
    inParts(OUTPUTS * INPUTS, OUTPUTS, part, (dst, begin, end) =>
      backwardWeight(x, dy, SAMPLES, dst, none, begin, end),
    ),
  interaction: (part: number) =>
    inParts(SAMPLES * 17, SAMPLES, part, (dst, begin, end) => interaction(x, dst, begin, end)),
};

test.each(Object.entries(products))("%s gives the same bits however it is divided", (_, compute) => {
  const whole = compute(SAMPLES);

  expect(whole.some(Number.isNaN)).toBe(false);
  for (const part of [1, 3, 4, 8, 50]) expect(compute(part)).toEqual(whole);
});
