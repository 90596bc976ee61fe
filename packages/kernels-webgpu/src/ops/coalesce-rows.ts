import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { checkWidth, sortTerms, sumSegments } from "./row-segments.ts";

const op = "coalesceRows";

/** Serves the sum of row gradients by row. */
export function serveCoalesceRows(host: Host): Factory<"coalesceRows"> {
  return function prepareCoalesceRows({ cols }) {
    checkSize(op, "cols", cols);

    return function coalesceRows(rows, values, count, out) {
      checkPart(op, 0, count);
      checkLength(op, "rows", rows.length, count);
      checkLength(op, "values", values.length, count * cols);
      checkWidth(op, out, cols);
      const places = new Map<number, number>();
      const placeOf = Uint32Array.from(rows.subarray(0, count), (row) => {
        const place = places.get(row) ?? places.size;
        places.set(row, place);
        return place;
      });
      const segments = sortTerms([...places.keys()], placeOf);
      const factors = new Float32Array(count).fill(1);
      const matrix = values.subarray(0, count * cols);
      sumSegments(
        host,
        segments,
        { matrix, stride: cols, offset: 0, sources: segments.positions, factors },
        out,
      );
    };
  };
}
