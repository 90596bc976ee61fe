import { DqrmError, type Batch, type ModelSpec } from "@dqrm/core";
import { checkBatch, checkLabels, checkOptimizer, isNormalFloat } from "@dqrm/core/checks";
import { checkLabelRange, checkThreshold } from "../ops/loss.ts";

/** Checks what fixes a training. @throws VALUE when epsilon or the threshold of the loss is out of range */
export function checkTrainingSpec({ loss, optimizer }: ModelSpec): void {
  checkOptimizer("compileTraining", optimizer);
  checkThreshold(loss);
}

/** Checks a batch of training. @throws LIMIT, SHAPE, VALUE or NON_FINITE as core's executor */
export function checkTrainingBatch(spec: ModelSpec, batch: Batch, maxBatch: number): void {
  const op = "forwardBackward";
  checkBatch(op, spec, batch, maxBatch);
  checkLabels(op, batch);
  checkLabelRange(op, batch.labels, 0, batch.size);
}

/**
 * Checks a learning rate.
 *
 * @throws VALUE when it is no number that keeps its digits as an f32: the backend multiplies by it there
 */
export function checkRate(op: string, rate: number): void {
  if (isNormalFloat(rate)) return;
  const expected = "0 or a normal number of float32";
  throw new DqrmError("VALUE", { op, what: "learningRate", expected, actual: String(rate) });
}
