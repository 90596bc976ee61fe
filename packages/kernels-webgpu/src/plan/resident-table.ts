import type { DeviceRows } from "../table/device-rows.ts";
import type { Shard } from "../table/shards.ts";

/** Holds a table on the device, and how its rows are read. */
export interface ResidentTable {
  readonly rows: DeviceRows;
  readonly shards: readonly Shard[];
  /** Present where float rows are read as they would be from codes. */
  readonly codes?: ResidentCodes;
  /** Rows of a block, whose peak is kept; no block lies in two shards. */
  readonly blockRows: number;
}

/** Says which codes rows are read through. */
export interface ResidentCodes {
  readonly bits: number;
  /** Weights that share a scale, where rows choose their own. */
  readonly spanCols: number;
  /** The one scale of a table, and the peaks of its blocks; absent where rows choose their own. */
  readonly kept?: { readonly scale: number; readonly peaks: number };
}

/** Holds the parameters of a layer on the device. */
export interface ResidentLayer {
  readonly weight: number;
  readonly bias: number;
  readonly biased: boolean;
}

/** Holds the parameters of a layer in codes of 8 bits on the device. */
export interface ResidentCodeLayer {
  readonly words: number;
  readonly codes: number;
  readonly scales: number;
  readonly sums: number;
  readonly bias: number;
}

/** Holds a model on the device. */
export interface ResidentModel {
  readonly tables: readonly ResidentTable[];
  readonly layers: readonly ResidentLayer[];
  /** Present where the layers are served in codes of 8 bits, instead of `layers`. */
  readonly codes?: readonly ResidentCodeLayer[];
}
