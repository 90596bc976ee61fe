import type { KernelFactories } from "@dqrm/core";
import type { Host } from "./bridge/host.ts";
import { serveAbsmax } from "./ops/absmax.ts";
import { serveActivationBackward } from "./ops/activation-backward.ts";
import { serveCoalesceRows } from "./ops/coalesce-rows.ts";
import { serveEmbeddingBag } from "./ops/embedding-bag.ts";
import { serveEmbeddingBagBackward } from "./ops/embedding-bag-backward.ts";
import { serveEmbeddingBagFakeQuant } from "./ops/embedding-bag-fake-quant.ts";
import { serveEmbeddingBagPacked } from "./ops/embedding-bag-packed.ts";
import { serveEncodeValues } from "./ops/encode-values.ts";
import { serveInteraction } from "./ops/interaction.ts";
import { serveInteractionBackward } from "./ops/interaction-backward.ts";
import { serveLinear } from "./ops/linear.ts";
import { serveLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { serveLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { serveLoss } from "./ops/loss.ts";
import { serveRangeAbsmax } from "./ops/range-absmax.ts";
import { serveUpdateDense } from "./ops/update-dense.ts";
import { serveUpdateRows } from "./ops/update-rows.ts";

/** Lists every op that the backend serves, one file of ops/ for each. */
export function serveOps(host: Host): KernelFactories {
  return {
    absmax: serveAbsmax(host),
    activationBackward: serveActivationBackward(host),
    coalesceRows: serveCoalesceRows(host),
    embeddingBag: serveEmbeddingBag(host),
    embeddingBagBackward: serveEmbeddingBagBackward(host),
    embeddingBagFakeQuant: serveEmbeddingBagFakeQuant(host),
    embeddingBagPacked: serveEmbeddingBagPacked(host),
    encodeValues: serveEncodeValues(host),
    interaction: serveInteraction(host),
    interactionBackward: serveInteractionBackward(host),
    linear: serveLinear(host),
    linearBackwardInput: serveLinearBackwardInput(host),
    linearBackwardWeight: serveLinearBackwardWeight(host),
    loss: serveLoss(host),
    rangeAbsmax: serveRangeAbsmax(host),
    updateDense: serveUpdateDense(host),
    updateRows: serveUpdateRows(host),
  };
}
