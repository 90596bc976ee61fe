import { keep } from "@tensorflow/tfjs-core";
import {
  createServedFeatures,
  servedLayers,
  type Batch,
  type InferencePlan,
  type LayerSpec,
  type LayerTensors,
  type PackedModel,
  type PlanOptions,
} from "@dqrm/core";
import { checkBatch, checkLength, checkPackedModel } from "@dqrm/core/checks";
import { checkThreshold, predictions } from "../ops/loss.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { DenseModel } from "./dense-model.ts";
import { checkLogits, markFinite } from "./finite.ts";
import type { PlanContext } from "./plans.ts";
import { releaseWith } from "./release.ts";
import { servesModel } from "./served-models.ts";
import { createSparseVectors } from "./sparse-vectors.ts";
import type { LayerOnDevice } from "./stack.ts";

/** Compiles a packed model whose layers run on a backend of TensorFlow.js, and whose codes are looked up here. */
export function createTfjsInference(
  { name, runtime, tables }: PlanContext,
  model: PackedModel,
  options: PlanOptions,
): InferencePlan | undefined {
  const { spec } = model;
  if (!servesModel({ ...spec, linearQuantization: { kind: "none" } }, options)) return undefined;
  checkPackedModel(model);
  checkThreshold(spec.loss);
  const { maxBatch } = options;
  const features = createServedFeatures(model, tables, { maxBatch, leadingVectors: 0 });
  const vectors = createSparseVectors(spec, features, runtime, maxBatch);
  const dense = new DenseModel(spec, runtime);
  const layers = {
    bottom: sendLayers(spec.bottom, servedLayers(model.bottom, tables), runtime),
    top: sendLayers(spec.top, servedLayers(model.top, tables), runtime),
  };
  const plan: InferencePlan = {
    backend: name,
    infer(batch: Batch, dst: Float32Array) {
      const { size } = batch;
      checkBatch("infer", spec, batch, maxBatch);
      checkLength("infer", "dst", dst.length, size);
      runtime.run(() => {
        const pooled = vectors.forward(batch);
        const given = batch.dense.subarray(0, size * spec.denseFeatures);
        const input = { dense: runtime.send(given, [size, spec.denseFeatures]), pooled, factors: [] };
        const { logits } = dense.forward(layers, input);
        runtime.receive(markFinite(predictions(spec.loss, logits), logits), dst, 0);
        checkLogits(dst, logits, runtime);
      });
    },
  };
  const tensors = [...layers.bottom, ...layers.top].flatMap(({ bias, weight }) => [weight, bias]);
  releaseWith(plan, [dense, ...tensors]);
  return plan;
}

function sendLayers(
  specs: readonly LayerSpec[],
  layers: readonly LayerTensors[],
  runtime: Runtime,
): readonly LayerOnDevice[] {
  return specs.map(({ inputs, outputs }, k) => ({
    weight: keep(runtime.send(layers[k].weight, [outputs, inputs])),
    bias: keep(runtime.send(layers[k].bias, [outputs])),
  }));
}
