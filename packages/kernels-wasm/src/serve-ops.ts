import type { KernelFactories } from "@dqrm/core";
import { serveAbsmax } from "./ops/absmax.ts";
import { serveActivationBackward } from "./ops/activation-backward.ts";
import { serveChecksum } from "./ops/checksum.ts";
import { serveChooseScale } from "./ops/choose-scale.ts";
import { serveCoalesceRows } from "./ops/coalesce-rows.ts";
import { serveDecodeBytes } from "./ops/decode-bytes.ts";
import { serveDecodeValues } from "./ops/decode-values.ts";
import { serveEmbeddingBagBackward } from "./ops/embedding-bag-backward.ts";
import { serveEmbeddingBagFakeQuant } from "./ops/embedding-bag-fake-quant.ts";
import { serveEmbeddingBagWeightGradient } from "./ops/embedding-bag-weight-gradient.ts";
import { serveEncodeBytes } from "./ops/encode-bytes.ts";
import { serveEncodeValues } from "./ops/encode-values.ts";
import { serveEncodeWithFeedback } from "./ops/encode-with-feedback.ts";
import { serveFakeQuantizeRows } from "./ops/fake-quantize-rows.ts";
import type { Host } from "./ops/host.ts";
import { serveInteractionBackward } from "./ops/interaction-backward.ts";
import { serveLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { serveLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { servePackCodes } from "./ops/pack-codes.ts";
import { serveQuantizeRows } from "./ops/quantize-rows.ts";
import { serveRangeAbsmax } from "./ops/range-absmax.ts";
import { ofServedScheme } from "./ops/served-scheme.ts";
import { serveUpdateDense } from "./ops/update-dense.ts";
import { serveUpdateRows } from "./ops/update-rows.ts";
import { serveInferenceOps } from "./serve-inference-ops.ts";
import type { TrainingExports } from "./training.generated.ts";

/** Lists every op that the backend serves, one file of ops/ for each; the loss is left to the reference. */
export function serveOps(host: Host<TrainingExports>): KernelFactories {
  return {
    ...serveInferenceOps(host),
    absmax: serveAbsmax(host),
    activationBackward: serveActivationBackward(host),
    checksum: serveChecksum(host),
    chooseScale: ofServedScheme(serveChooseScale(host), (format) => format),
    coalesceRows: serveCoalesceRows(host),
    decodeBytes: serveDecodeBytes(host),
    decodeValues: serveDecodeValues(host),
    embeddingBagBackward: serveEmbeddingBagBackward(host),
    embeddingBagFakeQuant: serveEmbeddingBagFakeQuant(host),
    embeddingBagWeightGradient: serveEmbeddingBagWeightGradient(host),
    encodeBytes: serveEncodeBytes(host),
    encodeValues: serveEncodeValues(host),
    encodeWithFeedback: serveEncodeWithFeedback(host),
    fakeQuantizeRows: ofServedScheme(serveFakeQuantizeRows(host), (format) => format),
    interactionBackward: serveInteractionBackward(host),
    linearBackwardInput: serveLinearBackwardInput(host),
    linearBackwardWeight: serveLinearBackwardWeight(host),
    packCodes: servePackCodes(host),
    quantizeRows: ofServedScheme(serveQuantizeRows(host), ({ format }) => format),
    rangeAbsmax: serveRangeAbsmax(host),
    updateDense: serveUpdateDense(host),
    updateRows: serveUpdateRows(host),
  };
}
