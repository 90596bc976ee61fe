import type { KernelFactories } from "@dqrm/core";
import { prepareActivationBackward } from "./ops/activation-backward.ts";
import { prepareInteractionBackward } from "./ops/interaction-backward.ts";
import { prepareInteraction } from "./ops/interaction.ts";
import { prepareLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { prepareLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { prepareLinear } from "./ops/linear.ts";
import { prepareLoss } from "./ops/loss.ts";
import type { OpRunner } from "./runtime/op-runner.ts";

const TABLES =
  "tables stay in memory of the host, where the next backend of the list reads and changes rows in place";
const CODES = "tensors hold no codes of a few bits, and none of these loops is a product of matrices";

/** Says why ops are left to the next backend of the list. */
export const OP_DECLINES: Readonly<Record<string, string>> = {
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
  encodeWithFeedback: CODES,
  decodeValues: CODES,
  encodeBytes: CODES,
  decodeBytes: CODES,
  checksum: CODES,
  updateDense: "the contract computes in double and rounds once, which tensors of f32 cannot",
};

/** Serves the ops of layers, one file in ops/ for each. */
export function serveOps(run: OpRunner): KernelFactories {
  return {
    activationBackward: (spec) => prepareActivationBackward(spec, run),
    interaction: (spec) => prepareInteraction(spec, run),
    interactionBackward: (spec) => prepareInteractionBackward(spec, run),
    linear: (spec) => prepareLinear(spec, run),
    linearBackwardInput: (spec) => prepareLinearBackwardInput(spec, run),
    linearBackwardWeight: (spec) => prepareLinearBackwardWeight(spec, run),
    loss: (spec) => prepareLoss(spec, run),
  };
}
