import {
  createKernels,
  defineKernels,
  reference,
  type KernelBackend,
  type KernelFactories,
} from "@dqrm/core";
import { prepareActivationBackward } from "./ops/activation-backward.ts";
import { prepareInteractionBackward } from "./ops/interaction-backward.ts";
import { prepareInteraction } from "./ops/interaction.ts";
import { prepareLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { prepareLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { prepareLinear } from "./ops/linear.ts";
import { prepareLoss } from "./ops/loss.ts";
import { tfjsPlans } from "./plan/plans.ts";
import { SERVED_MODELS, VARIABLE_MODELS } from "./plan/served-models.ts";
import type { Runtime } from "./runtime/runtime.ts";

const TABLES =
  "tables stay in memory of the host, where the next backend of the list reads and changes rows in place";
const CODES = "tensors hold no codes of a few bits, and none of these loops is a product of matrices";

const DECLINES = {
  embeddingBag: TABLES,
  embeddingBagFakeQuant: TABLES,
  embeddingBagPacked: TABLES,
  embeddingBagBackward: TABLES,
  embeddingBagWeightGradient: TABLES,
  coalesceRows: TABLES,
  updateRows: TABLES,
  rangeAbsmax: TABLES,
  absmax: CODES,
  chooseScale: CODES,
  quantizeRows: CODES,
  dequantizeRows: CODES,
  fakeQuantizeRows: CODES,
  packCodes: CODES,
  unpackCodes: CODES,
  encodeValues: CODES,
  decodeValues: CODES,
  encodeBytes: CODES,
  decodeBytes: CODES,
  checksum: CODES,
  updateDense: "the contract computes in double and rounds once, which tensors of f32 cannot",
  training: SERVED_MODELS,
  inference: SERVED_MODELS,
} as const;

/** Serves tables: kernels that come before the reference's, or "variables" of the backend. */
export type TableKernels = KernelBackend | "variables";

/** Holds the kernels of a backend of TensorFlow.js: one file in ops/ for each op. */
export function createTfjsBackend(name: string, runtime: Runtime, tables?: TableKernels): KernelBackend {
  const variables = tables === "variables";
  const first = tables === undefined || tables === "variables" ? [] : [tables];
  const kernels = createKernels([...first, reference]);
  const createArena = first.at(0)?.createArena;
  return defineKernels(name, serveOps(runtime), tfjsPlans({ name, runtime, tables: kernels, variables }), {
    declines: variables ? { ...DECLINES, training: VARIABLE_MODELS } : DECLINES,
    ...(createArena && { createArena }),
  });
}

function serveOps(runtime: Runtime): KernelFactories {
  return {
    activationBackward: (spec) => prepareActivationBackward(spec, runtime),
    interaction: (spec) => prepareInteraction(spec, runtime),
    interactionBackward: (spec) => prepareInteractionBackward(spec, runtime),
    linear: (spec) => prepareLinear(spec, runtime),
    linearBackwardInput: (spec) => prepareLinearBackwardInput(spec, runtime),
    linearBackwardWeight: (spec) => prepareLinearBackwardWeight(spec, runtime),
    loss: (spec) => prepareLoss(spec, runtime),
  };
}
