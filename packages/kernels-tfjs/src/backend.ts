import { defineKernels, type KernelBackend, type KernelFactories } from "@dqrm/core";
import { prepareActivationBackward } from "./ops/activation-backward.ts";
import { prepareInteractionBackward } from "./ops/interaction-backward.ts";
import { prepareInteraction } from "./ops/interaction.ts";
import { prepareLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { prepareLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { prepareLinear } from "./ops/linear.ts";
import { prepareLoss } from "./ops/loss.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** Holds the kernels of a backend of TensorFlow.js: one file in ops/ for each op. */
export function createTfjsBackend(name: string, runtime: Runtime): KernelBackend {
  return defineKernels(name, serveOps(runtime), {}, {});
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
