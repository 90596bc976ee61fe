import { checkLength, checkPart } from "@dqrm/core/checks";
import type { Host } from "../bridge/host.ts";
import type { Factory } from "./factory.ts";
import { runSingle } from "./single-pass.ts";

const op = "absmax";

/** Elements whose peak one workgroup finds. */
const BLOCK = 1 << 14;

/** Workgroups that a device surely takes in a row. */
const MOST_ACROSS = 65535;

/** Lays one workgroup for each block out in rows. */
export function blockGroups(blocks: number): readonly [number, number, number] {
  const across = Math.min(blocks, MOST_ACROSS);
  return [across, across === 0 ? 0 : Math.ceil(blocks / across), 1];
}

/** Finds the largest magnitude, NaN when there is one. */
export function peakOnDevice(host: Host, src: Float32Array): number {
  if (src.length === 0) return 0;
  const blocks = Math.ceil(src.length / BLOCK);
  const peaks = new Float32Array(blocks);
  const groups = blockGroups(blocks);
  runSingle(host, {
    shader: "block-peaks",
    params: [blocks, BLOCK, src.length, groups[0], 0],
    reads: [src, Uint32Array.from({ length: blocks }, (_, k) => k)],
    writes: [peaks],
    invocations: groups,
  });
  return peaks.reduce((peak, value) => Math.max(peak, value), 0);
}

/** Serves the largest magnitude of a part of an array. */
export function serveAbsmax(host: Host): Factory<"absmax"> {
  return function prepareAbsmax() {
    return function absmax(src, begin, end) {
      checkPart(op, begin, end);
      checkLength(op, "src", src.length, end);
      return peakOnDevice(host, src.subarray(begin, end));
    };
  };
}
