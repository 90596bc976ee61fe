import { checkRowFormat, reference, spanLayout, symmetricScale, type RowFormat } from "@dqrm/core";
import { checkBags, checkLength, checkPlacement } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { pool } from "./pool.ts";
import { gatherRows, touchedBags } from "./touched-bags.ts";

const op = "embeddingBagFakeQuant";

/** A binding needs some bytes, also where rows choose their scales. */
const NO_SCALE = Float32Array.of(1);

/** The scale of a table of zeros, times the levels of two bits: the least peak. */
const MIN_PEAK: number = symmetricScale(0, 2);

/** Serves the pooling of float rows as they would be read from symmetric codes. */
export function serveEmbeddingBagFakeQuant(host: Host): Factory<"embeddingBagFakeQuant"> {
  return function prepareEmbeddingBagFakeQuant(spec) {
    const { bits, cols, granularity, pooling, stride } = spec;
    const format: RowFormat = { bits, cols, scheme: "symmetric", granularity };
    checkRowFormat(op, format);
    checkPlacement(op, spec, cols);
    const { scaleStep, spanCols } = spanLayout(format);
    const given = scaleStep === 0;
    const params = [spanCols, given, { f32: 2 ** (bits - 1) }, { f32: MIN_PEAK }];
    const define = reference.ops.embeddingBagFakeQuant?.(spec);

    return function embeddingBagFakeQuant(table, rows, scale, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkLength(op, "table", table.length, rows * cols);
      checkLength(op, "dst", dst.length, end * stride);
      if (given) checkLength(op, "scale", scale.length, 1);
      const touched = touchedBags(op, bags, rows, begin, end);
      const gathered = gatherRows(table, touched.rows, cols, new Float32Array(touched.rows.length * cols));
      if (!gathered.every(Number.isFinite)) {
        // WGSL promises nothing about weights that are not finite: the reference says which has no code.
        define?.(table, rows, scale, bags, dst, begin, end);
        return;
      }
      const others = [given ? scale.subarray(0, 1) : NO_SCALE];
      const call = { bags: touched, cols, pooling, params, table: gathered, others };
      pool(host, { ...call, shader: "embedding-bag-fake-quant" }, dst, spec, begin);
    };
  };
}
