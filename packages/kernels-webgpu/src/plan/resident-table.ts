import type { DeviceRows } from "../table/device-rows.ts";
import type { Shard } from "../table/shards.ts";

/** Holds a table on the device, and how its rows are read. */
export interface ResidentTable {
  readonly rows: DeviceRows;
  readonly shards: readonly Shard[];
  /** Present where the rows are read through codes of one scale, which a resident buffer holds. */
  readonly codes?: { readonly bits: number; readonly scale: number; readonly peaks: number };
  /** Rows of a block, whose peak is kept; no block lies in two shards. */
  readonly blockRows: number;
}

/** Holds the parameters of a layer on the device. */
export interface ResidentLayer {
  readonly weight: number;
  readonly bias: number;
  readonly biased: boolean;
}

/** Holds a model on the device. */
export interface ResidentModel {
  readonly tables: readonly ResidentTable[];
  readonly layers: readonly ResidentLayer[];
}
