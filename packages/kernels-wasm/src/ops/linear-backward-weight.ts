import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import type { Factory, Host } from "./host.ts";
import { PANEL_BYTES } from "./panel-bytes.ts";

const op = "linearBackwardWeight";

/** Serves the gradients of a linear layer's parameters. */
export function serveLinearBackwardWeight({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"linearBackwardWeight"> {
  return function prepareLinearBackwardWeight({ inputs, outputs }) {
    checkSize(op, "inputs", inputs);
    checkSize(op, "outputs", outputs);

    return function linearBackwardWeight(x, dy, samples, dweight, dbias, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "outputs", outputs, end);
      checkLength(op, "x", x.length, samples * inputs);
      checkLength(op, "dy", dy.length, samples * outputs);
      checkLength(op, "dweight", dweight.length, end * inputs);
      if (dbias.length > 0) checkLength(op, "dbias", dbias.length, end);
      stage.open();
      const slope = stage.read(dy, 0, samples * outputs);
      const to = stage.room(dweight, begin * inputs, end * inputs);
      exports.multiplyColumns(
        slope + 4 * begin,
        4,
        4 * outputs,
        stage.read(x, 0, samples * inputs),
        4 * inputs,
        samples,
        to + 4 * begin * inputs,
        4 * inputs,
        end - begin,
        inputs,
        stage.take(PANEL_BYTES),
      );
      stage.give(dweight, begin * inputs, end * inputs, to);
      if (dbias.length === 0) return;
      const sums = stage.room(dbias, begin, end);
      exports.sumColumns(slope, samples, outputs, sums, begin, end);
      stage.give(dbias, begin, end, sums);
    };
  };
}
