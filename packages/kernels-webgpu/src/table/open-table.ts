import { bagCount, DqrmError, type Jagged, type Pooling } from "@dqrm/core";
import { checkBags, failIndex } from "@dqrm/core/checks";
import type { Device } from "../device/device.ts";
import type { DeviceRows } from "./device-rows.ts";
import { lookupProgram } from "./lookup-program.ts";
import { uploadShards } from "./shards.ts";
import type { WebgpuTable } from "./webgpu-table.ts";

const op = "lookup";

/** Uploads rows, and gives the table of them. */
export async function openTable(
  device: Device,
  rows: DeviceRows,
  pooling: Pooling,
  signal?: AbortSignal,
): Promise<WebgpuTable> {
  const shards = await uploadShards(device, rows, signal);
  let disposed = false;
  return {
    rows: rows.rows,
    cols: rows.cols,
    pooling,
    shards: shards.length,
    async lookup(bags, until) {
      until.throwIfAborted();
      if (disposed) throw new DqrmError("STATE", { op, expected: "a table", actual: "it was disposed of" });
      const program = lookupProgram(rows, shards, pooling, checkedBags(bags, rows.rows));
      const [bytes] = await device.run(program);
      until.throwIfAborted();
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    },
    dispose() {
      disposed = true;
      for (const { others, table } of shards) [table, ...others].forEach(device.dispose);
      return Promise.resolve();
    },
  };
}

function checkedBags(bags: Jagged, rows: number): Parameters<typeof lookupProgram>[3] {
  const count = bagCount(bags);
  checkBags(op, bags, 0, count);
  const { indices, offsets, weights } = bags;
  const [first, last] = [offsets[0], offsets[count]];
  for (let position = first; position < last; position++) {
    const row = indices[position];
    if (row < 0 || row >= rows) failIndex(op, position, row, rows);
  }
  return {
    indices: Uint32Array.from(indices.subarray(first, last)),
    offsets: Uint32Array.from(offsets.subarray(0, count + 1), (offset) => offset - first),
    weights: weights?.subarray(first, last),
  };
}
