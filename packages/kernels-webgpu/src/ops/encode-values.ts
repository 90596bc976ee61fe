import { valueLayout } from "@dqrm/core";
import { checkEncodeValues, checkFinite, checkLength, checkPart, checkSize } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import { packParams } from "../device/params.ts";
import { blockGroups } from "./absmax.ts";
import type { Factory } from "./factory.ts";
import { coveringScale } from "./covering-scale.ts";

const op = "encodeValues";

/** Serves values in 8 bits, rounded to the nearest; the draws of a random rounding are left to the host. */
export function serveEncodeValues(host: Host): Factory<"encodeValues"> {
  return function prepareEncodeValues(spec) {
    checkEncodeValues(op, spec);
    if (spec.values !== "int8" || spec.rounding !== "nearest") return undefined;

    return function encodeValues(_, values, count, cols, __, out, at) {
      const total = count * cols;
      checkPart(op, 0, count);
      checkPart(op, 0, at);
      checkSize(op, "cols", cols);
      checkLength(op, "values", values.length, total);
      const { codeBytes, groupValues, scaleBytes, scaleStride } = valueLayout(spec, count, cols);
      const codesAt = at + scaleBytes;
      checkLength(op, "out", out.length, codesAt + codeBytes);
      checkFinite("values", values, 0, total);
      if (total === 0) return codesAt;
      const data = values.subarray(0, total);
      const scales = groupPeaks(host, data, groupValues).map((peak) => coveringScale(peak, scaleStride));
      const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
      scales.forEach((scale, k) => {
        writeScale(view, at + k * scaleStride, scale, scaleStride);
      });
      encode(host, data, scales, groupValues, out.subarray(codesAt, codesAt + codeBytes));
      return codesAt + codeBytes;
    };
  };
}

function writeScale(view: DataView, at: number, scale: number, stride: number): void {
  if (stride === 4) view.setFloat32(at, scale, true);
  else view.setUint16(at, new Uint32Array(Float32Array.of(scale).buffer)[0] >>> 16, true);
}

function groupPeaks(host: Host, values: Float32Array, groupValues: number): Float32Array {
  const peaks = new Float32Array(Math.ceil(values.length / groupValues));
  const groups = blockGroups(peaks.length);
  host.run(
    {
      buffers: [{ data: values }, { data: Uint32Array.from(peaks.keys()) }, { bytes: peaks.byteLength }],
      passes: [
        {
          shader: "block-peaks",
          params: packParams([peaks.length, groupValues, values.length, groups[0], 0]),
          buffers: [0, 1, 2],
          invocations: groups,
        },
      ],
      reads: [{ buffer: 2, bytes: peaks.byteLength }],
    },
    [peaks],
  );
  return peaks;
}

function encode(
  host: Host,
  values: Float32Array,
  scales: Float32Array,
  groupValues: number,
  codes: Uint8Array,
): void {
  host.run(
    {
      buffers: [{ data: values }, { data: scales }, { bytes: codes.byteLength }],
      passes: [
        {
          shader: "encode-values",
          params: packParams([values.length, groupValues]),
          buffers: [0, 1, 2],
          invocations: Math.ceil(values.length / 4),
        },
      ],
      reads: [{ buffer: 2, bytes: codes.byteLength }],
    },
    [codes],
  );
}
