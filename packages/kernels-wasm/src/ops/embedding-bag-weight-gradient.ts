import { checkBags, checkLength, checkPlacement, failIndex } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { bagsPerPart, createLentBags, lendBags, lendTable } from "./lend-bags.ts";

const op = "embeddingBagWeightGradient";

/** Serves the gradient of the weights with which bags pool their rows. */
export function serveEmbeddingBagWeightGradient({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"embeddingBagWeightGradient"> {
  return function prepareEmbeddingBagWeightGradient(spec) {
    const { cols, pooling, stride, offset } = spec;
    checkPlacement(op, spec, cols);
    const limit = rowsPerPart(8 * cols + 8);
    const lent = createLentBags();

    return function embeddingBagWeightGradient(gradient, table, rows, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkLength(op, "gradient", gradient.length, end * stride);
      checkLength(op, "table", table.length, rows * cols);
      const { indices, offsets } = bags;
      checkLength(op, "dst", dst.length, offsets[end]);
      const gathered = !stage.owns(table);
      for (let bag = begin, last; bag < end; bag = last) {
        last = bagsPerPart(bags, bag, end, limit);
        stage.open();
        const from = lendTable(op, stage, table, cols, rows, bags, bag, last, gathered);
        lendBags(stage, bags, bag, last, gathered, lent);
        const to = stage.room(dst, offsets[bag], offsets[last]);
        const bad = exports.embeddingBagWeightGradient(
          stage.read(gradient, bag * stride, last * stride) + 4 * (bag * stride + offset),
          from,
          gathered ? offsets[last] - offsets[bag] : rows,
          lent.indices,
          lent.offsets,
          to,
          last - bag,
          cols,
          stride,
          pooling === "mean",
        );
        if (bad >= 0) failIndex(op, bad, indices[bad], rows);
        stage.give(dst, offsets[bag], offsets[last], to);
      }
    };
  };
}
