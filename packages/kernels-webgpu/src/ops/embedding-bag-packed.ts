import { checkRowFormat, hasBias, isDeadZone, rowBytes, spanLayout } from "@dqrm/core";
import { checkBags, checkLength, checkPacked, checkPlacement } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { checkCodeBytes, packedParams } from "./packed-params.ts";
import { pool } from "./pool.ts";
import { gatherRows, touchedBags } from "./touched-bags.ts";

const op = "embeddingBagPacked";

/** A binding needs some bytes, also where a format has no bias. */
const NO_BIAS = new Float32Array(1);

/** Serves the pooling of packed rows; dead zones, whose levels are no multiples of a scale, are declined. */
export function serveEmbeddingBagPacked(host: Host): Factory<"embeddingBagPacked"> {
  return function prepareEmbeddingBagPacked(spec) {
    const { format, pooling, stride } = spec;
    const { cols, scheme } = format;
    checkRowFormat(op, format);
    checkPlacement(op, spec, cols);
    if (isDeadZone(scheme)) return undefined;
    const bytes = rowBytes(format);
    const { scaleStep } = spanLayout(format);
    const params = packedParams(format);

    return function embeddingBagPacked(table, bags, dst, begin, end) {
      checkBags(op, bags, begin, end);
      checkPacked(op, format, table);
      checkLength(op, "dst", dst.length, end * stride);
      const touched = touchedBags(op, bags, table.rows, begin, end);
      checkCodeBytes(op, touched.rows.length * bytes);
      const scales = (all: Float32Array): Float32Array =>
        scaleStep === 0
          ? all.subarray(0, 1)
          : gatherRows(all, touched.rows, scaleStep, new Float32Array(touched.rows.length * scaleStep));
      const others = [scales(table.scale), hasBias(scheme) ? scales(table.bias) : NO_BIAS];
      const codes = gatherRows(table.codes, touched.rows, bytes, new Uint8Array(touched.rows.length * bytes));
      const call = { bags: touched, cols, pooling, params, table: codes, others };
      pool(host, { ...call, shader: "embedding-bag-packed" }, dst, spec, begin);
    };
  };
}
