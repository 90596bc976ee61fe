import {
  DqrmError,
  isPlainPackedModel,
  type Batch,
  type InferencePlan,
  type KernelBackend,
  type PackedModel,
  type PlanOptions,
  type ProductPrecision,
} from "@dqrm/core";
import { checkBatch, checkLength, checkPackedModel } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { createBatchMemory, failBags, type BatchMemory } from "./batch-memory.ts";
import { CHUNK_SAMPLES, createModelMemory, type ModelMemory } from "./model-memory.ts";
import { placeCodeLayers, placeFloatLayers } from "./served-layers.ts";
import { tableFeatures, type TableFeature } from "./served-models.ts";
import { placeServedTables, readsTables } from "./served-tables.ts";

const SERVED_PRODUCTS: ReadonlySet<ProductPrecision> = new Set(["float32", "int8"]);

/** What a job answers; see assembly/plan/report.ts. */
const [DONE, BAD_BAGS] = [0, 1];

/** Bytes between the rows of codes, and of a scale for each sample of a part; see assembly/plan/layer-codes.ts. */
const CODE_ROW_GAP = 36;

/**
 * Compiles a packed model for serving in one job for each call, or answers undefined when it has parts that the job does
 * not know, or the caller asks for products that there are none of.
 *
 * @throws LIMIT when the memory has no room; SHAPE as compileInference
 */
export function compileFusedInference(
  runtime: Runtime<InferenceExports>,
  ops: KernelBackend,
  model: PackedModel,
  options: PlanOptions,
): InferencePlan | undefined {
  if (!isPlainPackedModel(model) || !readsTables(model)) return undefined;
  const features = tableFeatures(model.spec);
  if (features === undefined || !SERVED_PRODUCTS.has(options.products ?? "float32")) return undefined;
  // The executor says what is wrong with a threshold.
  if (!(model.spec.loss.threshold >= 0 && model.spec.loss.threshold < 0.5)) return undefined;
  checkPackedModel(model);
  return new FusedInferencePlan({ runtime, ops, model, options, features });
}

interface InferenceParts {
  readonly runtime: Runtime<InferenceExports>;
  readonly ops: KernelBackend;
  readonly model: PackedModel;
  readonly options: PlanOptions;
  readonly features: readonly TableFeature[];
}

class FusedInferencePlan implements InferencePlan {
  readonly backend: string;
  readonly #parts: InferenceParts;
  readonly #memory: ModelMemory;
  readonly #batches: BatchMemory;
  readonly #rows: readonly number[];

  constructor(parts: InferenceParts) {
    const { features, model, ops, options, runtime } = parts;
    const { spec } = model;
    this.backend = ops.name;
    this.#parts = parts;
    this.#memory = createModelMemory(runtime, this, spec, { maxBatch: options.maxBatch, training: false });
    const context = { runtime, memory: this.#memory, ops };
    const layers = [...model.bottom, ...model.top];
    if (options.products === "int8") placeCodeLayers(context, layers);
    else placeFloatLayers(context, layers);
    placeServedTables(runtime, this.#memory, model, features);
    this.#memory.reserveScratch(scratchBytes(this.#memory));
    this.#batches = createBatchMemory(runtime, this.#memory, spec.denseFeatures);
    this.#rows = features.map(({ table }) => spec.tables[table].rows);
  }

  infer(batch: Batch, dst: Float32Array): void {
    const { model, options, runtime } = this.#parts;
    const { plan, predictions } = this.#memory;
    const { size } = batch;
    checkBatch("infer", model.spec, batch, options.maxBatch);
    checkLength("infer", "predictions", dst.length, size);
    this.#batches.take(batch);
    this.#memory.run(size, false);
    const status = runtime.exports.jobStatus(plan);
    if (status === BAD_BAGS) failBags("infer", batch.bags, this.#rows, size);
    if (status !== DONE) failLogits(this.#memory, size);
    for (let i = 0; i < size; i++) dst[i] = predictions[i];
  }

  stageSeconds(): Readonly<Record<string, number>> {
    return this.#memory.stageSeconds();
  }
}

/** Counts what a thread needs beside the interaction: a row of floats, and the codes of a part's widest inputs. */
function scratchBytes({ layers }: ModelMemory): number {
  const widest = Math.max(...layers.map(({ panelRows, outputCols }) => Math.max(panelRows, outputCols)));
  return CHUNK_SAMPLES * (2 * widest + CODE_ROW_GAP) + 4 * widest;
}

/**
 * Reports the first logit that is NaN or infinite.
 *
 * @throws NON_FINITE naming its sample
 */
function failLogits({ layers, view }: ModelMemory, size: number): never {
  const { y, yStride } = layers[layers.length - 1];
  for (let sample = 0; sample < size; sample++) {
    const logit = view.getFloat32(y + sample * yStride, true);
    if (Number.isFinite(logit)) continue;
    throw new DqrmError("NON_FINITE", { what: "logit", position: sample, actual: String(logit) });
  }
  throw new DqrmError("STATE", {
    op: "infer",
    expected: "a logit that is not finite",
    actual: "there is none",
  });
}
