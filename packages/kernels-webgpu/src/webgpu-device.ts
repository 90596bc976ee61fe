import type { PackedRows, Pooling } from "@dqrm/core";
import type { FloatRows } from "./table/device-rows.ts";
import type { WebgpuTable } from "./table/webgpu-table.ts";

/** Holds an open device of WebGPU, for code that can wait for promises. */
export interface WebgpuDevice {
  /** Names the adapter, as its vendor does. */
  readonly name: string;
  /** Bytes of all buffers now. */
  usedBytes(): number;
  /**
   * Uploads a table, in shards of at most 128 MiB, or what `shardBytes` says.
   *
   * @throws UNSUPPORTED for dead zones; SHAPE; LIMIT when the device or the budget has no room; DEVICE when it is lost
   */
  uploadTable(
    rows: PackedRows | FloatRows,
    options: { readonly pooling: Pooling; readonly signal?: AbortSignal },
  ): Promise<WebgpuTable>;
  /** Gives the device up: what it holds is gone, and its tables throw DEVICE. */
  destroy(): void;
}
