import type { OpRunner } from "./runtime/op-runner.ts";

/** Wide enough for the units of a GPU that multiply matrices in a coarser format. */
const WIDTH = 64;

/** Has a digit that formats with fewer than f32's lack. */
const PROBE = 1 + 2 ** -20;

const ROUNDS =
  "rounds what it multiplies to fewer digits than f32 has; on GPUs of NVIDIA, NVIDIA_TF32_OVERRIDE=0 in the environment forbids it";

/**
 * Says that a backend multiplies in a coarser format than f32, or undefined when it does not.
 *
 * A product with the identity is exact in f32, in whatever order the backend adds the zeros.
 */
export function findRounding(run: OpRunner): string | undefined {
  const shape = [WIDTH, WIDTH];
  const x = new Float32Array(WIDTH * WIDTH).fill(PROBE);
  const identity = Float32Array.from(x, (_, i) => (i % (WIDTH + 1) === 0 ? 1 : 0));
  const product = new Float32Array(x.length);
  const spec = { inputs: WIDTH, outputs: WIDTH, activation: "none" } as const;
  const from = [x, identity].map((values) => ({ values, shape }));
  run("linear", spec, from, [product]);
  return product.every((value) => value === PROBE) ? undefined : ROUNDS;
}
