import { checkRowFormat, rowBytes } from "@dqrm/core";
import { checkLength, checkPart } from "@dqrm/core/checks";
import type { InferenceExports } from "../inference.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

/** Serves the unpacking of codes. */
export function serveUnpackCodes({ exports, stage }: Host<InferenceExports>): Factory<"unpackCodes"> {
  return function prepareUnpackCodes({ bits, cols }) {
    checkRowFormat("unpackCodes", { bits, cols, scheme: "symmetric", granularity: { kind: "table" } });
    const stride = rowBytes({ bits, cols });
    const step = rowsPerPart(2 * cols + stride);
    return function unpackCodes(src, codes, begin, end) {
      checkPart("unpackCodes", begin, end);
      checkLength("unpackCodes", "src", src.length, end * stride);
      checkLength("unpackCodes", "codes", codes.length, end * cols);
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const from = stage.read(src, row * stride, last * stride);
        const to = stage.room(codes, row * cols, last * cols);
        exports.unpackCodes(from + row * stride, to + 2 * row * cols, last - row, cols, bits);
        stage.give(codes, row * cols, last * cols, to);
      }
    };
  };
}
