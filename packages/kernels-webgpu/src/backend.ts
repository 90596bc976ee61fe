import { defineKernels, type KernelBackend, type PlanFactories } from "@dqrm/core";
import type { Host } from "./bridge/host.ts";
import { compileDeviceInference } from "./plan/inference-plan.ts";
import { PLAN_MODELS } from "./plan/model-shape.ts";
import { compileDeviceTraining } from "./plan/training-plan.ts";
import { serveOps } from "./serve-ops.ts";

const ROWS = "packs rows once, outside the steps: the host's kernels do";

/** Says why ops and plans are left to the backend behind. */
const DECLINES = {
  checksum: "is a chain of bytes, one after the other",
  chooseScale: ROWS,
  decodeBytes: "is a chain of bytes, one after the other",
  decodeValues: "follows a codec on the host, where the bytes arrive",
  dequantizeRows: ROWS,
  embeddingBagPacked: "takes multiples of a scale; the levels of dead zones are not multiples",
  embeddingBagWeightGradient: "serves models with learned pooling weights, whose plans run on the host",
  encodeBytes: "is a chain of bytes, one after the other",
  encodeValues: "takes int8 to the nearest; other widths, and draws, belong to the host's codecs",
  encodeWithFeedback: "follows the gradients to the host, where the residuals are",
  fakeQuantizeRows: ROWS,
  packCodes: ROWS,
  quantizeRows: ROWS,
  unpackCodes: ROWS,
  updateDense: "takes sgd; adagrad divides by a root in double, which WGSL does not have",
  updateRows: "takes sgd; adagrad divides by a root in double, which WGSL does not have",
  ...PLAN_MODELS,
} as const;

/** Builds the kernels on a device. */
export function createBackend(host: Host): KernelBackend {
  const ops = defineKernels("webgpu", serveOps(host));
  const plans: PlanFactories = {
    training: (spec, state, options) => compileDeviceTraining(host, { spec, state, options, ops }),
    inference: (model, options) => compileDeviceInference(host, model, options),
  };
  return defineKernels("webgpu", ops.ops, plans, { declines: DECLINES });
}
