import { checkRowFormat, reference, spanLayout, type RowFormat } from "@dqrm/core";
import { checkBags, checkLength, checkPlacement } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { bagsPerPart, createLentBags, giveRows, lendBags, lendRows, lendTable } from "./lend-bags.ts";

const op = "embeddingBagFakeQuant";

/** Serves the pooling of float rows as they would be read from symmetric codes. */
export function serveEmbeddingBagFakeQuant({
  exports,
  stage,
}: Host<TrainingExports>): Factory<"embeddingBagFakeQuant"> {
  return function prepareEmbeddingBagFakeQuant(spec) {
    const { bits, cols, granularity, pooling, stride } = spec;
    const format: RowFormat = { bits, cols, scheme: "symmetric", granularity };
    checkRowFormat(op, format);
    checkPlacement(op, spec, cols);
    const { spanCols, scaleStep } = spanLayout(format);
    const given = scaleStep === 0;
    const limit = rowsPerPart(8 * cols + 8);
    const lent = createLentBags();
    const results = { pointer: 0, stride: 0 };
    const define = reference.ops.embeddingBagFakeQuant?.(spec);

    return function embeddingBagFakeQuant(table, rows, scale, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkLength(op, "table", table.length, rows * cols);
      checkLength(op, "dst", dst.length, end * stride);
      if (given) checkLength(op, "scale", scale.length, 1);
      const gathered = !stage.owns(table);
      for (let bag = begin, last; bag < end; bag = last) {
        last = bagsPerPart(bags, bag, end, limit);
        stage.open();
        const from = lendTable(op, stage, table, cols, rows, bags, bag, last, gathered);
        lendBags(stage, bags, bag, last, gathered, lent);
        lendRows(stage, dst, spec, cols, bag, last, results);
        const bad = exports.embeddingBagFakeQuant(
          from,
          gathered ? bags.offsets[last] - bags.offsets[bag] : rows,
          given ? stage.read(scale, 0, 1) : 0,
          lent.indices,
          lent.offsets,
          lent.weights,
          lent.weighted,
          results.pointer,
          last - bag,
          cols,
          spanCols,
          bits,
          results.stride,
          pooling === "mean",
          stage.take(4 * cols),
        );
        // The reference says what is wrong, in its words: an index, or the first weight without a code.
        if (bad >= 0) define?.(table, rows, scale, bags, dst, bag, last);
        giveRows(stage, dst, spec, cols, bag, last, results);
      }
    };
  };
}
