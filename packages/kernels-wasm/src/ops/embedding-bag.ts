import { checkBags, checkLength, checkPlacement, failIndex } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { bagsPerPart, createLentBags, giveRows, lendBags, lendRows, lendTable } from "./lend-bags.ts";

const op = "embeddingBag";

/** Serves the pooling of float rows. */
export function serveEmbeddingBag({ exports, stage }: Host<InferenceExports>): Factory<"embeddingBag"> {
  return function prepareEmbeddingBag(spec) {
    const { cols, pooling, stride } = spec;
    checkPlacement(op, spec, cols);
    const limit = rowsPerPart(8 * cols + 8);
    const lent = createLentBags();
    const results = { pointer: 0, stride: 0 };

    return function embeddingBag(table, rows, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkLength(op, "table", table.length, rows * cols);
      checkLength(op, "dst", dst.length, end * stride);
      const gathered = !stage.owns(table);
      for (let bag = begin, last; bag < end; bag = last) {
        last = bagsPerPart(bags, bag, end, limit);
        stage.open();
        const from = lendTable(op, stage, table, cols, rows, bags, bag, last, gathered);
        const held = gathered ? bags.offsets[last] - bags.offsets[bag] : rows;
        lendBags(stage, bags, bag, last, gathered, lent);
        lendRows(stage, dst, spec, cols, bag, last, results);
        const bad = exports.embeddingBag(
          from,
          held,
          lent.indices,
          lent.offsets,
          lent.weights,
          lent.weighted,
          results.pointer,
          last - bag,
          cols,
          results.stride,
          pooling === "mean",
        );
        if (bad >= 0) failIndex(op, bad, bags.indices[bad], rows);
        giveRows(stage, dst, spec, cols, bag, last, results);
      }
    };
  };
}
