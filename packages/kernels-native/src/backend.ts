import { defineKernels, type KernelBackend, type KernelFactories } from "@dqrm/core";
import type { Addon } from "./addon.ts";
import { createHugeArena } from "./arena.ts";
import { prepareAbsmax } from "./ops/absmax.ts";
import { prepareActivationBackward } from "./ops/activation-backward.ts";
import { prepareChecksum } from "./ops/checksum.ts";
import { prepareChooseScale } from "./ops/choose-scale.ts";
import { prepareCoalesceRows } from "./ops/coalesce-rows.ts";
import { prepareDecodeBytes } from "./ops/decode-bytes.ts";
import { prepareDecodeValues } from "./ops/decode-values.ts";
import { prepareDequantizeRows } from "./ops/dequantize-rows.ts";
import { prepareEmbeddingBag } from "./ops/embedding-bag.ts";
import { prepareEmbeddingBagBackward } from "./ops/embedding-bag-backward.ts";
import { prepareEmbeddingBagFakeQuant } from "./ops/embedding-bag-fake-quant.ts";
import { prepareEmbeddingBagPacked } from "./ops/embedding-bag-packed.ts";
import { prepareEmbeddingBagWeightGradient } from "./ops/embedding-bag-weight-gradient.ts";
import { prepareEncodeBytes } from "./ops/encode-bytes.ts";
import { prepareEncodeValues } from "./ops/encode-values.ts";
import { prepareEncodeWithFeedback } from "./ops/encode-with-feedback.ts";
import { prepareFakeQuantizeRows } from "./ops/fake-quantize-rows.ts";
import { prepareInteraction } from "./ops/interaction.ts";
import { prepareInteractionBackward } from "./ops/interaction-backward.ts";
import { prepareLinear } from "./ops/linear.ts";
import { prepareLinearBackwardInput } from "./ops/linear-backward-input.ts";
import { prepareLinearBackwardWeight } from "./ops/linear-backward-weight.ts";
import { prepareLoss } from "./ops/loss.ts";
import { preparePackCodes } from "./ops/pack-codes.ts";
import { prepareQuantizeRows } from "./ops/quantize-rows.ts";
import { prepareRangeAbsmax } from "./ops/range-absmax.ts";
import { prepareUnpackCodes } from "./ops/unpack-codes.ts";
import { prepareUpdateDense } from "./ops/update-dense.ts";
import { prepareUpdateRows } from "./ops/update-rows.ts";
import { isServed } from "./ops/served-scheme.ts";
import type { NativeKernels } from "./ops/native-kernels.ts";
import type { Bfloat16Form } from "./plan/describe-training.ts";
import { nativePlans } from "./plan/native-plans.ts";

const DECLINES = {
  training:
    "takes tables of floats and of fake quantization, one bag for each feature, no pooling weights, no quantized activations, no dropout or decay; products of floats or bfloat16",
  inference:
    "takes one bag for each feature, no pooling weights, no quantized activations; products of floats or 8-bit integers",
} as const;

/** Holds what a backend is made of. */
export interface NativeParts {
  readonly addon: Addon;
  readonly native: NativeKernels;
  readonly isa: string;
  readonly threads: number;
  readonly bfloat16: Bfloat16Form;
}

/** Holds the native kernels of one instruction set: one file in ops/ for each op. */
export function createNativeBackend({
  addon,
  bfloat16,
  isa,
  native,
  threads: wanted,
}: NativeParts): KernelBackend {
  const ops = nativeOps(native);
  const pool = addon.createPool(wanted);
  const threads = addon.poolThreads(pool);
  return defineKernels("native", ops, nativePlans({ addon, isa, pool, ops, bfloat16 }), {
    declines: DECLINES,
    createArena: (segmentBytes) => createHugeArena(addon, segmentBytes),
    machine: {
      isa,
      threads,
      fmaGigaflops: (count) => native.fmaGigaflops(count),
      readGigabytes: (count) => native.readGigabytes(count),
      barrierNanoseconds: (count) => native.barrierNanoseconds(count),
    },
  });
}

function nativeOps(native: NativeKernels): KernelFactories {
  return {
    absmax: (spec) => prepareAbsmax(spec, native),
    activationBackward: (spec) => prepareActivationBackward(spec, native),
    checksum: (spec) => prepareChecksum(spec, native),
    chooseScale: (spec) => (isServed(spec) ? prepareChooseScale(spec, native) : undefined),
    coalesceRows: (spec) => prepareCoalesceRows(spec, native),
    decodeBytes: (spec) => prepareDecodeBytes(spec, native),
    decodeValues: (spec) => prepareDecodeValues(spec, native),
    dequantizeRows: (spec) => (isServed(spec) ? prepareDequantizeRows(spec, native) : undefined),
    embeddingBag: (spec) => prepareEmbeddingBag(spec, native),
    embeddingBagBackward: (spec) => prepareEmbeddingBagBackward(spec, native),
    embeddingBagFakeQuant: (spec) => prepareEmbeddingBagFakeQuant(spec, native),
    embeddingBagPacked: (spec) =>
      isServed(spec.format) ? prepareEmbeddingBagPacked(spec, native) : undefined,
    embeddingBagWeightGradient: (spec) => prepareEmbeddingBagWeightGradient(spec, native),
    encodeBytes: (spec) => prepareEncodeBytes(spec, native),
    encodeValues: (spec) => prepareEncodeValues(spec, native),
    encodeWithFeedback: (spec) => prepareEncodeWithFeedback(spec, native),
    fakeQuantizeRows: (spec) => (isServed(spec) ? prepareFakeQuantizeRows(spec, native) : undefined),
    interaction: (spec) => prepareInteraction(spec, native),
    interactionBackward: (spec) => prepareInteractionBackward(spec, native),
    linear: (spec) => prepareLinear(spec, native),
    linearBackwardInput: (spec) => prepareLinearBackwardInput(spec, native),
    linearBackwardWeight: (spec) => prepareLinearBackwardWeight(spec, native),
    loss: (spec) => prepareLoss(spec, native),
    packCodes: (spec) => preparePackCodes(spec, native),
    quantizeRows: (spec) => (isServed(spec.format) ? prepareQuantizeRows(spec, native) : undefined),
    rangeAbsmax: (spec) => prepareRangeAbsmax(spec, native),
    unpackCodes: (spec) => prepareUnpackCodes(spec, native),
    updateDense: (spec) => prepareUpdateDense(spec, native),
    updateRows: (spec) => prepareUpdateRows(spec, native),
  };
}
