import type { RowFormat } from "../../format/row-format.ts";

/**
 * Says how the forward pass sees rows of float masters: mapped one by one, then, with a format, read through codes that
 * share one scale for the table. Everything follows from the table's peak, the one number that the state keeps.
 */
export interface RowView {
  /** Undefined when mapped rows are served as the floats that they are. */
  readonly format: RowFormat | undefined;
  /** The scale of the codes. @shape f32[1] */
  readonly scale: Float32Array;
  /** The bias of the codes. @shape f32[1], or 0 when the scheme has none */
  readonly bias: Float32Array;
  /** Takes the table's peak, which is above zero. */
  use(peak: number): void;
  /**
   * Maps rows in place.
   *
   * @shape values f32[>= end × cols]: the master of row rows[k] stands at k × cols, for k in [begin, end)
   */
  map(rows: Int32Array, values: Float32Array, begin: number, end: number): void;
}
