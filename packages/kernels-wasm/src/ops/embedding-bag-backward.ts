import { bagCount } from "@dqrm/core";
import { checkBags, checkLength, checkPlacement, failIndex } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { giveGradient, openGradient, slotCount, takeSlots } from "./coalesce-rows.ts";
import type { Factory, Host } from "./host.ts";
import { createLentBags, lendBags } from "./lend-bags.ts";

const op = "embeddingBagBackward";

/** Serves the coalesced gradient of the rows that bags read. */
export function serveEmbeddingBagBackward({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"embeddingBagBackward"> {
  return function prepareEmbeddingBagBackward(spec) {
    const { cols, pooling, stride, offset } = spec;
    checkPlacement(op, spec, cols);
    const lent = createLentBags();

    return function embeddingBagBackward(gradient, rows, bags, out) {
      const end = bagCount(bags);
      checkBags(op, bags, 0, end);
      checkLength(op, "gradient", gradient.length, end * stride);
      const terms = Math.min(bags.offsets[end], rows);
      openGradient(op, out, cols, terms);
      stage.open();
      lendBags(stage, bags, 0, end, false, lent);
      const outRows = stage.room(out.rows, 0, terms);
      const outValues = stage.room(out.values, 0, terms * cols);
      const slots = slotCount(terms);
      const places = exports.embeddingBagBackward(
        stage.read(gradient, 0, end * stride) + 4 * offset,
        rows,
        lent.indices,
        lent.offsets,
        lent.weights,
        lent.weighted,
        end,
        cols,
        stride,
        pooling === "mean",
        outRows,
        outValues,
        takeSlots(stage, slots),
        slots - 1,
      );
      if (places < 0) failIndex(op, -1 - places, bags.indices[-1 - places], rows);
      giveGradient(stage, out, places, outRows, outValues);
    };
  };
}
