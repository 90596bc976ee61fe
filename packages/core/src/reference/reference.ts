import { defineKernels, type KernelBackend } from "../kernel/backend.ts";
import { prepareAbsmax } from "./absmax.ts";
import { prepareActivationBackward } from "./activation-backward.ts";
import { prepareChecksum } from "./checksum.ts";
import { prepareChooseScale } from "./choose-scale.ts";
import { prepareCoalesceRows } from "./coalesce-rows.ts";
import { prepareDecodeBytes } from "./decode-bytes.ts";
import { prepareDecodeValues } from "./decode-values.ts";
import { prepareDequantizeRows } from "./dequantize-rows.ts";
import { prepareEmbeddingBagBackward } from "./embedding-bag-backward.ts";
import { prepareEmbeddingBagFakeQuant } from "./embedding-bag-fake-quant.ts";
import { prepareEmbeddingBagPacked } from "./embedding-bag-packed.ts";
import { prepareEmbeddingBagWeightGradient } from "./embedding-bag-weight-gradient.ts";
import { prepareEmbeddingBag } from "./embedding-bag.ts";
import { prepareEncodeBytes } from "./encode-bytes.ts";
import { prepareEncodeValues } from "./encode-values.ts";
import { prepareEncodeWithFeedback } from "./encode-with-feedback.ts";
import { prepareFakeQuantizeRows } from "./fake-quantize-rows.ts";
import { prepareInteractionBackward } from "./interaction-backward.ts";
import { prepareInteraction } from "./interaction.ts";
import { prepareLinearBackwardInput } from "./linear-backward-input.ts";
import { prepareLinearBackwardWeight } from "./linear-backward-weight.ts";
import { prepareLinear } from "./linear.ts";
import { prepareLoss } from "./loss.ts";
import { preparePackCodes } from "./pack-codes.ts";
import { prepareQuantizeRows } from "./quantize-rows.ts";
import { prepareRangeAbsmax } from "./range-absmax.ts";
import { prepareUnpackCodes } from "./unpack-codes.ts";
import { prepareUpdateDense } from "./update-dense.ts";
import { prepareUpdateRows } from "./update-rows.ts";

/** Serves every op in plain loops that define what the op means; other backends are checked against it. */
export const reference: KernelBackend = defineKernels("reference", {
  absmax: prepareAbsmax,
  activationBackward: prepareActivationBackward,
  checksum: prepareChecksum,
  chooseScale: prepareChooseScale,
  coalesceRows: prepareCoalesceRows,
  decodeBytes: prepareDecodeBytes,
  decodeValues: prepareDecodeValues,
  dequantizeRows: prepareDequantizeRows,
  embeddingBag: prepareEmbeddingBag,
  embeddingBagBackward: prepareEmbeddingBagBackward,
  embeddingBagFakeQuant: prepareEmbeddingBagFakeQuant,
  embeddingBagPacked: prepareEmbeddingBagPacked,
  embeddingBagWeightGradient: prepareEmbeddingBagWeightGradient,
  encodeBytes: prepareEncodeBytes,
  encodeValues: prepareEncodeValues,
  encodeWithFeedback: prepareEncodeWithFeedback,
  fakeQuantizeRows: prepareFakeQuantizeRows,
  interaction: prepareInteraction,
  interactionBackward: prepareInteractionBackward,
  linear: prepareLinear,
  linearBackwardInput: prepareLinearBackwardInput,
  linearBackwardWeight: prepareLinearBackwardWeight,
  loss: prepareLoss,
  packCodes: preparePackCodes,
  quantizeRows: prepareQuantizeRows,
  rangeAbsmax: prepareRangeAbsmax,
  unpackCodes: prepareUnpackCodes,
  updateDense: prepareUpdateDense,
  updateRows: prepareUpdateRows,
});
