import { checkRowFormat, DqrmError, rowBytes } from "@dqrm/core";
import { checkLength, checkPart } from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import { rowsPerPart, type Factory, type Host } from "./host.ts";

/** Serves the packing of codes. */
export function servePackCodes({ exports, stage }: Host<TrainingExports>): Factory<"packCodes"> {
  return function preparePackCodes({ bits, cols }) {
    checkRowFormat("packCodes", { bits, cols, scheme: "symmetric", granularity: { kind: "table" } });
    const stride = rowBytes({ bits, cols });
    const step = rowsPerPart(2 * cols + stride);
    return function packCodes(codes, dst, begin, end) {
      checkPart("packCodes", begin, end);
      checkLength("packCodes", "codes", codes.length, end * cols);
      checkLength("packCodes", "dst", dst.length, end * stride);
      for (let row = begin; row < end; row += step) {
        const last = Math.min(row + step, end);
        stage.open();
        const from = stage.read(codes, row * cols, last * cols);
        const to = stage.room(dst, row * stride, last * stride);
        const bad = exports.packCodes(from + 2 * row * cols, to + row * stride, last - row, cols, bits);
        if (bad >= 0) failCode(row * cols + bad, codes[row * cols + bad], bits);
        stage.give(dst, row * stride, last * stride, to);
      }
    };
  };
}

function failCode(position: number, code: number, bits: number): never {
  throw new DqrmError("VALUE", {
    op: "packCodes",
    what: `codes[${position}]`,
    expected: `less than ${2 ** bits}`,
    actual: String(code),
  });
}
