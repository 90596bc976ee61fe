import { DqrmError } from "../errors.ts";
import type { Kernels } from "../kernel/kernels.ts";
import { checkModelSpec } from "./check-model.ts";
import { checkModelState, checkPackedModel } from "./check-parts.ts";
import { createInferenceExecutor } from "./inference-executor.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { ModelState } from "./model-state.ts";
import type { InferencePlan, PackedModel, PlanOptions, TrainingPlan } from "./plan.ts";
import { createTrainingExecutor } from "./training-executor.ts";

/**
 * Compiles a model for training: by the first backend with a fused plan for it, else out of single kernels.
 *
 * The plan changes the state's arrays; call `reload` after changing them yourself.
 *
 * @throws VALUE or LIMIT as checkModelSpec; SHAPE naming an array of the state that does not fit the spec; UNSUPPORTED when no backend has a kernel that the model needs
 *
 * ```ts doctest
 * import { allocateModelState, compileTraining, createArena, createKernels, jaggedFrom, reference } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const state = allocateModelState(spec, createArena(1 << 12));
 * const plan = compileTraining(spec, state, createKernels([reference]), { maxBatch: 2 });
 * const batch = {
 *   size: 2, dense: Float32Array.of(1, 2), labels: Float32Array.of(1, 1), bags: [jaggedFrom([[0], [1, 2]])],
 * };
 * // All parameters are zero: every prediction is one half, and the loss ln 2.
 * plan.step(batch, 0.5) === Math.LN2; // => true
 * state.top[0].bias[0]; // => 0.25
 * ```
 */
export function compileTraining(
  spec: ModelSpec,
  state: ModelState,
  kernels: Kernels,
  options: PlanOptions,
): TrainingPlan {
  checkModelSpec(spec);
  checkModelState(spec, state);
  if (options.products === "codes") requireFloatProducts("compileTraining", kernels, options);
  for (const { plans } of kernels.backends) {
    const plan = plans.training?.(spec, state, options);
    if (plan !== undefined) return plan;
  }
  requireFloatProducts("compileTraining", kernels, options);
  return createTrainingExecutor(spec, state, kernels, options);
}

/**
 * Compiles a packed model for serving: by the first backend with a fused plan for it, else out of single kernels.
 *
 * @throws VALUE or LIMIT as checkModelSpec; SHAPE naming a part of the model that does not fit its spec; UNSUPPORTED when no backend has a kernel that the model needs, or the products that were asked for
 *
 * ```ts doctest
 * import { compileInference, createKernels, jaggedFrom, reference } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 2, cols: 1, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 1, activation: "none" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 2, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const layer = (...weight: number[]) => ({ weight: Float32Array.from(weight), bias: new Float32Array(1) });
 * const format = { bits: 8, cols: 1, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * // The codes 130 and 124 are the weights 1 and -2.
 * const items = {
 *   format, rows: 2, codes: Uint8Array.of(130, 124), scale: Float32Array.of(0.5), bias: new Float32Array(0),
 * };
 * const model = {
 *   spec, tables: [items], poolingWeights: [new Float32Array(0)], bottom: [layer(1)], top: [layer(0, 1)], projections: [],
 * };
 * const plan = compileInference(model, createKernels([reference]), { maxBatch: 2 });
 * const probabilities = new Float32Array(2);
 * const labels = new Float32Array(2);
 * plan.infer({ size: 2, dense: Float32Array.of(0, 1), labels, bags: [jaggedFrom([[0], [1]])] }, probabilities);
 * [...probabilities]; // => [0.5, 0.11920291930437088]
 * ```
 */
export function compileInference(model: PackedModel, kernels: Kernels, options: PlanOptions): InferencePlan {
  checkModelSpec(model.spec);
  checkPackedModel(model);
  if (options.products === "codes") return createInferenceExecutor(model, kernels, options);
  for (const { plans } of kernels.backends) {
    const plan = plans.inference?.(model, options);
    if (plan !== undefined) return plan;
  }
  requireFloatProducts("compileInference", kernels, options);
  return createInferenceExecutor(model, kernels, options);
}

/** The executor's kernels multiply floats; a caller who asked for other numbers must not get these unseen. */
function requireFloatProducts(op: string, { backends }: Kernels, { products }: PlanOptions): void {
  if (products === undefined || products === "float32") return;
  const tried = backends.map(({ name }) => name);
  throw new DqrmError("UNSUPPORTED", { op, spec: `products in ${products}`, tried });
}
