import { checkRowFormat, hasBias, rowBytes, spanLayout } from "@dqrm/core";
import { checkBags, checkLength, checkPacked, checkPlacement, failIndex } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";
import { bagsPerPart, createLentBags, giveRows, lendBags, lendRows, lendTable } from "./lend-bags.ts";
import { schemeNumber, takeLevels } from "./served-scheme.ts";

const op = "embeddingBagPacked";

/** Serves the pooling of packed rows. */
export function serveEmbeddingBagPacked({
  exports,
  stage,
}: Host<InferenceExports>): Factory<"embeddingBagPacked"> {
  return function prepareEmbeddingBagPacked(spec) {
    const { format, pooling, stride } = spec;
    const { bits, cols } = format;
    checkRowFormat(op, format);
    checkPlacement(op, spec, cols);
    const { spanCols, scaleStep } = spanLayout(format);
    const biased = hasBias(format.scheme);
    const scheme = schemeNumber(format);
    const shared = scaleStep === 0;
    const bytes = rowBytes(format);
    const limit = rowsPerPart(bytes + 4 * (cols + 2 * scaleStep) + 8);
    const lent = createLentBags();
    const results = { pointer: 0, stride: 0 };

    return function embeddingBagPacked(table, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkPacked(op, format, table);
      checkLength(op, "dst", dst.length, end * stride);
      const { rows, codes, scale, bias } = table;
      const gathered =
        !stage.owns(codes) || (!shared && (!stage.owns(scale) || (biased && !stage.owns(bias))));
      for (let bag = begin, last; bag < end; bag = last) {
        last = bagsPerPart(bags, bag, end, limit);
        stage.open();
        lendBags(stage, bags, bag, last, gathered, lent);
        lendRows(stage, dst, spec, cols, bag, last, results);
        const bad = exports.embeddingBagPacked(
          lendTable(op, stage, codes, bytes, rows, bags, bag, last, gathered),
          shared
            ? stage.read(scale, 0, 1)
            : lendTable(op, stage, scale, scaleStep, rows, bags, bag, last, gathered),
          !biased
            ? 0
            : shared
              ? stage.read(bias, 0, 1)
              : lendTable(op, stage, bias, scaleStep, rows, bags, bag, last, gathered),
          gathered ? bags.offsets[last] - bags.offsets[bag] : rows,
          lent.indices,
          lent.offsets,
          lent.weights,
          lent.weighted,
          results.pointer,
          last - bag,
          cols,
          spanCols,
          scaleStep,
          bits,
          scheme,
          takeLevels(stage, format),
          results.stride,
          pooling === "mean",
          stage.take(6 * cols),
        );
        if (bad >= 0) failIndex(op, bad, bags.indices[bad], rows);
        giveRows(stage, dst, spec, cols, bag, last, results);
      }
    };
  };
}
