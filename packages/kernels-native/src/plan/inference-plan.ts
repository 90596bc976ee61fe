import {
  compileInference,
  createKernels,
  defineKernels,
  DqrmError,
  isPlainPackedModel,
  MAX_COLS,
  reference,
  type Batch,
  type InferencePlan,
  type ModelSpec,
  type PackedModel,
  type PlanOptions,
} from "@dqrm/core";
import { checkBatch, checkLength, checkPackedModel } from "@dqrm/core/checks";
import { countFloats, createBoundArrays, createLengthWatch, type BoundArrays } from "./bound-arrays.ts";
import { checkBatchBags } from "./check-batch-bags.ts";
import { isServed } from "../ops/served-scheme.ts";
import { arraysInPlace, describeInference, packedMatrices } from "./describe-inference.ts";
import { poolingOfTables } from "./describe-training.ts";
import { DONE, NOT_FINITE, type AddonInference } from "./plan-addon.ts";
import { createSingleSample, type SingleSample } from "./single-sample.ts";
import { stageTimes } from "./stage-times.ts";
import type { PlanContext } from "./training-plan.ts";

/**
 * Compiles a packed model for serving; declines features of more than one bag, pooling weights and bfloat16 products.
 *
 * @units products of 8 bits move an output by at most Σ (|w| · t/2 + |x| · s/2 + s · t/4), t and s the steps of the codes
 *        of inputs and weights (s = 0 where these come as codes): derived in native/plan/int8-layer.h
 */
export function createNativeInference(
  context: PlanContext,
  model: PackedModel,
  options: PlanOptions,
): InferencePlan | undefined {
  const { maxBatch, products = "float32" } = options;
  if (!isPlainPackedModel(model) || !packedMatrices(model).every(({ format }) => isServed(format)))
    return undefined;
  const poolings = poolingOfTables(model.spec);
  if (poolings === undefined || (products !== "float32" && products !== "int8")) return undefined;
  const wholeProducts = products === "int8";
  if (wholeProducts && widestInput(model.spec) > MAX_COLS) return undefined;
  checkPackedModel(model);
  const { addon, isa, pool } = context;
  const description = describeInference(model, { maxBatch, wholeProducts }, poolings);
  const refused = new Float64Array(2);
  const native = addon.createInference(isa, pool, description, refused);
  return new NativeInference(context, { model, maxBatch, wholeProducts, native, refused });
}

/** Sums of products of 8 bits over more inputs than this do not fit 32 bits; an interaction may be wider. */
function widestInput({ bottom, top }: ModelSpec): number {
  return Math.max(...[...bottom, ...top].map(({ inputs }) => inputs));
}

/** Holds what a plan is compiled from. */
interface Compiled {
  readonly model: PackedModel;
  readonly maxBatch: number;
  readonly wholeProducts: boolean;
  readonly native: AddonInference;
  /** The sample and the logit that the addon refused. */
  readonly refused: Float64Array;
}

/**
 * Serves by one call of the addon for each batch.
 *
 * What the addon refuses is left to the checks of core, and for products of floats to the plan that core composes.
 */
class NativeInference implements InferencePlan {
  readonly backend = "native";
  readonly #context: PlanContext;
  readonly #compiled: Compiled;
  readonly #native: AddonInference;
  readonly #features: number;
  readonly #maxBatch: number;
  readonly #bound: BoundArrays;
  readonly #intact: () => boolean;
  readonly #single: SingleSample;
  #copyBound = false;
  #boundDst: Float32Array | undefined;
  #boundLength = 0;
  #composed: InferencePlan | undefined;

  constructor(context: PlanContext, compiled: Compiled) {
    const { maxBatch, model, native } = compiled;
    this.#context = context;
    this.#compiled = compiled;
    this.#native = native;
    this.#features = model.spec.features.length;
    this.#maxBatch = maxBatch;
    this.#bound = createBoundArrays((slot, array) => {
      native.bind(slot, array);
    });
    this.#intact = createLengthWatch(arraysInPlace(model));
    this.#single = createSingleSample(model.spec.denseFeatures, this.#features);
  }

  infer(batch: Batch, dst: Float32Array): void {
    if (!this.#intact())
      failArrays("the arrays that the plan was compiled for", "one was resized or transferred");
    const { bags, size } = batch;
    const fits =
      Number.isInteger(size) &&
      size >= 1 &&
      size <= this.#maxBatch &&
      size <= dst.length &&
      bags.length === this.#features;
    if (!fits) {
      this.#refuse(batch, dst);
      return;
    }
    this.#bind(batch, dst);
    const status = this.#native.infer(size);
    if (status !== DONE) this.#refuse(batch, dst, status);
  }

  #bind(batch: Batch, dst: Float32Array): void {
    const copied = batch.size === 1 && this.#single.copy(batch);
    // The copy's own arrays never change: only where the prediction goes may be new.
    if (copied && this.#copyBound && dst === this.#boundDst && countFloats(dst) === this.#boundLength) return;
    this.#bound.update(copied ? this.#single.batch : batch, dst);
    this.#copyBound = copied;
    this.#boundDst = dst;
    this.#boundLength = countFloats(dst);
  }

  stageSeconds(): Readonly<Record<string, number>> {
    return stageTimes((seconds) => {
      this.#native.takeStages(seconds);
    });
  }

  /** Throws the error that belongs to a batch; only the composed plan may find that there is none. */
  #refuse(batch: Batch, dst: Float32Array, status?: number): void {
    const { maxBatch, model, refused, wholeProducts } = this.#compiled;
    checkBatch("infer", model.spec, batch, maxBatch);
    checkBatchBags("infer", model.spec, batch);
    checkLength("infer", "dst", dst.length, batch.size);
    if (!wholeProducts) {
      this.#composedPlan().infer(batch, dst);
      return;
    }
    if (status === NOT_FINITE) {
      const [position, logit] = refused;
      throw new DqrmError("NON_FINITE", { what: "logit", position, actual: String(logit) });
    }
    failArrays("arrays that stay as they are during a call", "one was changed meanwhile");
  }

  #composedPlan(): InferencePlan {
    const { maxBatch, model } = this.#compiled;
    const kernels = createKernels([defineKernels("native", this.#context.ops), reference]);
    this.#composed ??= compileInference(model, kernels, { maxBatch });
    return this.#composed;
  }
}

function failArrays(expected: string, actual: string): never {
  throw new DqrmError("STATE", { op: "infer", expected, actual });
}
