import { checkBags, checkLength, checkPlacement } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { pool } from "./pool.ts";
import { gatherRows, touchedBags } from "./touched-bags.ts";

const op = "embeddingBag";

/** Serves the pooling of float rows. */
export function serveEmbeddingBag(host: Host): Factory<"embeddingBag"> {
  return function prepareEmbeddingBag(spec) {
    const { cols, pooling, stride } = spec;
    checkPlacement(op, spec, cols);

    return function embeddingBag(table, rows, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkLength(op, "table", table.length, rows * cols);
      checkLength(op, "dst", dst.length, end * stride);
      const touched = touchedBags(op, bags, rows, begin, end);
      const gathered = gatherRows(table, touched.rows, cols, new Float32Array(touched.rows.length * cols));
      const call = { bags: touched, cols, pooling, params: [], table: gathered, others: [] };
      pool(host, { ...call, shader: "embedding-bag" }, dst, spec, begin);
    };
  };
}
