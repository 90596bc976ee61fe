import {
  compileTraining,
  createKernels,
  createTableScales,
  defineKernels,
  DqrmError,
  isPlainModel,
  reference,
  type Batch,
  type GradientListener,
  type KernelFactories,
  type Kernels,
  type ModelGradients,
  type ModelSpec,
  type ModelState,
  type PlanOptions,
  type ProductPrecision,
  type TableScales,
  type TrainingPlan,
} from "@dqrm/core";
import {
  checkBatch,
  checkGradientsReady,
  checkLabels,
  checkLearningRate,
  checkLength,
  checkModelState,
  isNormalFloat,
} from "@dqrm/core/checks";
import { createBoundArrays, createLengthWatch, type BoundArrays } from "./bound-arrays.ts";
import { checkBatchBags, checkLabelRange } from "./check-batch-bags.ts";
import { describeTraining, poolingOfTables, stateArrays, type Bfloat16Form } from "./describe-training.ts";
import { DONE, type AddonHandle, type PlanAddon } from "./plan-addon.ts";
import { stageTimes } from "./stage-times.ts";

/** Gives a plan what it shares with other plans of its backend. */
export interface PlanContext {
  readonly addon: PlanAddon;
  readonly isa: string;
  readonly pool: AddonHandle;
  /** Kernels of single ops, for what no fused step serves. */
  readonly ops: KernelFactories;
  /** The form of bfloat16 products, "best" unless a test asks for another. */
  readonly bfloat16: Bfloat16Form;
}

const TRAINED_PRODUCTS: ReadonlySet<ProductPrecision> = new Set(["float32", "bfloat16"]);

/**
 * Compiles a model for fused steps; declines features of more than one bag, pooling weights, and products of integers.
 *
 * With products in bfloat16 there are whole steps only: forwardBackward and apply are refused.
 */
export function createNativeTraining(
  context: PlanContext,
  spec: ModelSpec,
  state: ModelState,
  options: PlanOptions,
): TrainingPlan | undefined {
  if (!isPlainModel(spec)) return undefined;
  const { products } = options;
  const poolings = poolingOfTables(spec);
  if (poolings === undefined || !TRAINED_PRODUCTS.has(products ?? "float32")) return undefined;
  checkModelState(spec, state);
  const bfloat16 = products === "bfloat16" ? context.bfloat16 : undefined;
  const { numbers, arrays } = describeTraining(spec, state, {
    maxBatch: options.maxBatch,
    poolings,
    bfloat16,
  });
  const meanLoss = new Float64Array(1);
  const { addon, isa, pool } = context;
  const native = addon.createTraining(isa, pool, numbers, [...arrays, meanLoss]);
  return new NativeTraining(context, { spec, state, options, native, meanLoss });
}

/** Holds what a plan is compiled from. */
interface Compiled {
  readonly spec: ModelSpec;
  readonly state: ModelState;
  readonly options: PlanOptions;
  readonly native: AddonHandle;
  readonly meanLoss: Float64Array;
}

/**
 * Trains by one call of the addon for each step.
 *
 * The layers live in the addon until `sync`; what the addon refuses, and gradients for codecs, are left to the plan that
 * core composes of single kernels, over the same state.
 */
class NativeTraining implements TrainingPlan {
  readonly backend = "native";
  readonly #context: PlanContext;
  readonly #compiled: Compiled;
  readonly #kernels: Kernels;
  readonly #scales: TableScales;
  readonly #bound: BoundArrays;
  readonly #intact: () => boolean;
  #composed: TrainingPlan | undefined;
  /** A fused step changed weights behind the composed plan's back. */
  #composedStale = false;
  /** Who has the newest layers: the addon, the caller's arrays, or both. */
  #newest: "addon" | "arrays" | "both" = "both";
  #gradientsReady = false;

  constructor(context: PlanContext, compiled: Compiled) {
    const { native, spec, state } = compiled;
    this.#context = context;
    this.#compiled = compiled;
    this.#kernels = createKernels([defineKernels("native", context.ops), reference]);
    this.#scales = createTableScales(spec, state, this.#kernels);
    this.#bound = createBoundArrays((slot, array) => context.addon.bindTrainingArray(native, slot, array));
    this.#intact = createLengthWatch(stateArrays(spec, state));
    context.addon.scanRanges(native);
  }

  get gradients(): ModelGradients {
    return this.#composedPlan().gradients;
  }

  step(batch: Batch, learningRate: number): number {
    const { meanLoss, native, options, spec, state } = this.#compiled;
    this.#gradientsReady = false;
    this.#checkState("step");
    if (!this.#fits(batch)) checkBatch("forwardBackward", spec, batch, options.maxBatch);
    checkLearningRate("step", learningRate);
    if (!isNormalFloat(learningRate)) return this.#composedStep(batch, learningRate);
    this.#scales.beforeStep(state.step);
    this.#import();
    this.#bound.update(batch, batch.labels);
    if (this.#context.addon.trainStep(native, batch.size, learningRate) !== DONE) {
      checkBatch("forwardBackward", spec, batch, options.maxBatch);
      checkLabels("forwardBackward", batch);
      checkLabelRange("forwardBackward", batch);
      checkBatchBags("forwardBackward", spec, batch);
      return this.#composedStep(batch, learningRate);
    }
    state.step++;
    this.#newest = "addon";
    this.#composedStale = true;
    this.#scales.invalidate();
    return meanLoss[0];
  }

  forwardBackward(batch: Batch, ready?: GradientListener): number {
    this.#gradientsReady = false;
    this.#checkState("forwardBackward");
    const loss = this.#composedPlan().forwardBackward(batch, ready);
    this.#gradientsReady = true;
    return loss;
  }

  apply(learningRate: number): void {
    checkGradientsReady(this.#gradientsReady);
    this.#checkState("apply");
    this.#composedPlan().apply(learningRate);
    this.#gradientsReady = false;
    this.#newest = "arrays";
    this.#scales.invalidate();
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { native, options, spec } = this.#compiled;
    this.#gradientsReady = false;
    this.#checkState("infer");
    if (!this.#fits(batch)) checkBatch("infer", spec, batch, options.maxBatch);
    checkLength("infer", "dst", dst.length, batch.size);
    this.#scales.beforeInference();
    this.#import();
    this.#bound.update(batch, batch.labels);
    if (this.#context.addon.inferTraining(native, batch.size, dst) === DONE) return;
    checkBatch("infer", spec, batch, options.maxBatch);
    checkBatchBags("infer", spec, batch);
    this.#composedPlan().infer(batch, dst);
  }

  sync(): void {
    this.#checkState("sync");
    if (this.#newest !== "addon") return;
    this.#context.addon.exportLayers(this.#compiled.native);
    this.#newest = "both";
  }

  reload(): void {
    this.#checkState("reload");
    this.#gradientsReady = false;
    this.#newest = "arrays";
    this.#context.addon.scanRanges(this.#compiled.native);
    this.#scales.invalidate();
    this.#composed = undefined;
  }

  stageSeconds(): Readonly<Record<string, number>> {
    return stageTimes((seconds) => {
      this.#context.addon.takeTrainingStages(this.#compiled.native, seconds);
    });
  }

  /** Only a batch that has an array for each feature can be bound. */
  #fits({ bags, size }: Batch): boolean {
    const { options, spec } = this.#compiled;
    return bags.length === spec.features.length && size >= 1 && size <= options.maxBatch;
  }

  #checkState(op: string): void {
    if (this.#intact()) return;
    const [expected, actual] = [
      "the arrays that the plan was compiled for",
      "one was resized or transferred",
    ];
    throw new DqrmError("STATE", { op, expected, actual });
  }

  #import(): void {
    if (this.#newest !== "arrays") return;
    this.#context.addon.importLayers(this.#compiled.native);
    this.#newest = "both";
  }

  #composedStep(batch: Batch, learningRate: number): number {
    if (this.#compiled.options.products === "bfloat16") this.#refuseWholeStep(learningRate);
    const composed = this.#composedPlan();
    const loss = composed.step(batch, learningRate);
    this.#newest = "arrays";
    this.#scales.invalidate();
    return loss;
  }

  /** The composed plan multiplies floats: it cannot look into a step of other products, whose arguments were checked. */
  #refuseWholeStep(learningRate: number): never {
    if (!isNormalFloat(learningRate)) {
      const expected = "0 or a normal number of float32";
      const actual = String(learningRate);
      throw new DqrmError("VALUE", { op: "step", what: "learningRate", expected, actual });
    }
    const actual = "NaN, infinite or too large to prove finite";
    throw new DqrmError("NON_FINITE", { what: "a logit or a gradient of the step", position: 0, actual });
  }

  /** Gives the composed plan over the caller's arrays, which are then the newest. */
  #composedPlan(): TrainingPlan {
    const { options, spec, state } = this.#compiled;
    if (options.products === "bfloat16") {
      const request = { spec: "gradients of products in bfloat16", tried: ["native"] };
      throw new DqrmError("UNSUPPORTED", { op: "forwardBackward", ...request });
    }
    this.sync();
    if (this.#composed === undefined) this.#composed = compileTraining(spec, state, this.#kernels, options);
    else if (this.#composedStale) this.#composed.reload();
    this.#composedStale = false;
    return this.#composed;
  }
}
