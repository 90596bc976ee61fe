import { checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { packParams } from "../device/params.ts";
import type { Factory } from "./factory.ts";
import { tiles } from "./single-pass.ts";

const op = "linearBackwardWeight";

/** A binding needs some bytes, also where there are no samples. */
const NOTHING = new Float32Array(1);

/** Serves the gradients of a linear layer's parameters. */
export function serveLinearBackwardWeight(host: Host): Factory<"linearBackwardWeight"> {
  return function prepareLinearBackwardWeight({ inputs, outputs }) {
    checkSize(op, "inputs", inputs);
    checkSize(op, "outputs", outputs);

    return function linearBackwardWeight(x, dy, samples, dweight, dbias, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "outputs", outputs, end);
      checkLength(op, "x", x.length, samples * inputs);
      checkLength(op, "dy", dy.length, samples * outputs);
      checkLength(op, "dweight", dweight.length, end * inputs);
      if (dbias.length > 0) checkLength(op, "dbias", dbias.length, end);
      const part = end - begin;
      if (part === 0) return;
      const data = [dy.subarray(0, samples * outputs), x.subarray(0, samples * inputs)].map((array) => ({
        data: array.length === 0 ? NOTHING : array,
      }));
      const layout = [begin, 1, outputs, inputs, 1, inputs];
      const product = {
        shader: "matrix-product",
        params: packParams([part, inputs, samples, ...layout, false, 0]),
        buffers: [0, 1, 4, 2],
        invocations: tiles(part, inputs),
      } as const;
      const sums = {
        shader: "column-sums",
        params: packParams([samples, outputs, outputs]),
        buffers: [0, 3],
        invocations: outputs,
      } as const;
      const sumsOf = new Float32Array(outputs);
      host.run(
        {
          buffers: [...data, { bytes: 4 * part * inputs }, { bytes: sumsOf.byteLength }, { data: NOTHING }],
          passes: [product, sums],
          reads: [
            { buffer: 2, bytes: 4 * part * inputs },
            { buffer: 3, bytes: sumsOf.byteLength },
          ],
        },
        [dweight.subarray(begin * inputs, end * inputs), sumsOf],
      );
      if (dbias.length > 0) dbias.set(sumsOf.subarray(begin, end), begin);
    };
  };
}
