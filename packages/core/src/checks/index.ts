export { checkPacked } from "../reference/check-packed.ts";
export { checkBags, checkFinite, checkLength, checkPart, checkSize, failIndex } from "../reference/checks.ts";
export { checkPlacement } from "../reference/pool-rows.ts";
export { failWeight } from "../reference/fake-quantize-span.ts";
export { interactionOutputs } from "../reference/interaction.ts";
export { checkLearningRate, checkOptimizer, isNormalFloat } from "../reference/update-span.ts";
export { scalesNeeded } from "../reference/span-layout.ts";
export { checkBatch, checkLabels } from "../plan/check-batch.ts";
export { checkModelState, checkPackedModel } from "../plan/check-parts.ts";
