import type { Jagged, Pooling } from "@dqrm/core";

/** Looks up bags in a table on the device: the interface `DeviceTable` of @dqrm/embedding. */
export interface WebgpuTable {
  readonly rows: number;
  readonly cols: number;
  readonly pooling: Pooling;
  /** Shards that the table was cut into, each in bindings of its own. */
  readonly shards: number;
  /**
   * Gives the vectors of the bags; sums have the bits of the reference kernel.
   *
   * @shape f32[bags × cols]
   * @throws INDEX_RANGE, VALUE, SHAPE as the kernel; LIMIT; DEVICE when the device is lost; STATE after `dispose`
   */
  lookup(bags: Jagged, signal: AbortSignal): Promise<Float32Array>;
  /** Frees what the device holds; the table must not be used afterwards. */
  dispose(): Promise<void>;
}
