import type { KernelBackend } from "../kernel/backend.ts";
import type { OpName } from "../kernel/ops.ts";
import { absmaxCases } from "./absmax.ts";
import { activationBackwardCases } from "./activation-backward.ts";
import type { ConformanceCase } from "./case.ts";
import { checksumCases } from "./checksum.ts";
import { chooseScaleCases } from "./choose-scale.ts";
import { coalesceRowsCases } from "./coalesce-rows.ts";
import { decodeBytesCases } from "./decode-bytes.ts";
import { decodeValuesCases } from "./decode-values.ts";
import { dequantizeRowsCases } from "./dequantize-rows.ts";
import { embeddingBagBackwardCases } from "./embedding-bag-backward.ts";
import { embeddingBagFakeQuantCases } from "./embedding-bag-fake-quant.ts";
import { embeddingBagPackedCases } from "./embedding-bag-packed.ts";
import { embeddingBagWeightGradientCases } from "./embedding-bag-weight-gradient.ts";
import { embeddingBagCases } from "./embedding-bag.ts";
import { encodeBytesCases } from "./encode-bytes.ts";
import { encodeValuesCases } from "./encode-values.ts";
import { encodeWithFeedbackCases } from "./encode-with-feedback.ts";
import { fakeQuantizeRowsCases } from "./fake-quantize-rows.ts";
import { interactionBackwardCases } from "./interaction-backward.ts";
import { interactionCases } from "./interaction.ts";
import { linearBackwardInputCases } from "./linear-backward-input.ts";
import { linearBackwardWeightCases } from "./linear-backward-weight.ts";
import { linearCases } from "./linear.ts";
import { lossCases } from "./loss.ts";
import { packCodesCases } from "./pack-codes.ts";
import { quantizeRowsCases } from "./quantize-rows.ts";
import { rangeAbsmaxCases } from "./range-absmax.ts";
import { unpackCodesCases } from "./unpack-codes.ts";
import { updateDenseCases } from "./update-dense.ts";
import { updateRowsCases } from "./update-rows.ts";

/** Maps the ops that this kit checks to their cases; an op of a third party brings its own. */
export const OP_CASES: Readonly<Record<OpName, (backend: KernelBackend) => Generator<ConformanceCase>>> = {
  embeddingBag: embeddingBagCases,
  embeddingBagFakeQuant: embeddingBagFakeQuantCases,
  embeddingBagPacked: embeddingBagPackedCases,
  embeddingBagBackward: embeddingBagBackwardCases,
  embeddingBagWeightGradient: embeddingBagWeightGradientCases,
  coalesceRows: coalesceRowsCases,
  updateRows: updateRowsCases,
  rangeAbsmax: rangeAbsmaxCases,
  absmax: absmaxCases,
  chooseScale: chooseScaleCases,
  quantizeRows: quantizeRowsCases,
  dequantizeRows: dequantizeRowsCases,
  fakeQuantizeRows: fakeQuantizeRowsCases,
  packCodes: packCodesCases,
  unpackCodes: unpackCodesCases,
  linear: linearCases,
  linearBackwardInput: linearBackwardInputCases,
  linearBackwardWeight: linearBackwardWeightCases,
  activationBackward: activationBackwardCases,
  interaction: interactionCases,
  interactionBackward: interactionBackwardCases,
  loss: lossCases,
  updateDense: updateDenseCases,
  encodeValues: encodeValuesCases,
  encodeWithFeedback: encodeWithFeedbackCases,
  decodeValues: decodeValuesCases,
  encodeBytes: encodeBytesCases,
  decodeBytes: decodeBytesCases,
  checksum: checksumCases,
};

/**
 * Yields every check that the kernels of a backend must pass, op by op in a fixed order.
 *
 * Specs that the backend declines are yielded with the reason in `skip`. Binding to a test runner takes three lines:
 * `for (const { name, run, skip } of kernelConformance(backend)) test.skipIf(skip !== undefined)(name, run)`.
 *
 * @cost a case takes well under a millisecond in the reference backend, all of it inside `run`
 *
 * ```ts doctest
 * import { defineKernels } from "@dqrm/core";
 * import { kernelConformance } from "@dqrm/core/conformance";
 * [...kernelConformance(defineKernels("mine", {}))][0].skip; // => "mine has no embeddingBag"
 * ```
 */
export function* kernelConformance(backend: KernelBackend): Generator<ConformanceCase> {
  for (const cases of Object.values(OP_CASES)) yield* cases(backend);
}
