import type { RowFormat } from "@dqrm/core";

/** Prepares the position, among a format's scales, of the scale that a weight is quantized with. */
export function prepareScaleIndex({
  cols,
  granularity,
}: Pick<RowFormat, "cols" | "granularity">): (row: number, col: number) => number {
  switch (granularity.kind) {
    case "table":
      return () => 0;
    case "row":
      return (row) => row;
    case "group": {
      const { groupCols } = granularity;
      const groups = Math.ceil(cols / groupCols);
      return (row, col) => row * groups + Math.floor(col / groupCols);
    }
  }
}
