import { DqrmError, MAX_ROWS, type RowGradient } from "@dqrm/core";
import { prepareOrder } from "./row-order.ts";

/** Holds the rows of a gradient in ascending order; valid until the next call. */
export interface SortedRows {
  readonly rows: Int32Array;
  /** @shape f32[>= count × cols] */
  readonly values: Float32Array;
}

/** Sorts the rows of gradients. */
export type SortRows = (gradient: RowGradient) => SortedRows;

/**
 * Prepares the sort of gradients by row; one that is sorted already is not copied.
 *
 * Its room grows with the largest gradient so far.
 */
export function prepareSort(codec: string): SortRows {
  const order = prepareOrder();
  let values = new Float32Array(0);

  return (gradient) => {
    const { cols, count } = gradient;
    checkRows(codec, gradient);
    if (isAscending(gradient)) return gradient;
    const { keys, places } = order(gradient.rows, count);
    if (values.length < count * cols) values = new Float32Array(Math.max(count * cols, 2 * values.length));
    for (let i = 0; i < count; i++) {
      if (i > 0 && keys[i] === keys[i - 1]) throw repeated(codec, keys[i]);
      const from = places[i] * cols;
      const to = i * cols;
      for (let c = 0; c < cols; c++) values[to + c] = gradient.values[from + c];
    }
    return { rows: keys, values };
  };
}

function isAscending({ count, rows }: RowGradient): boolean {
  for (let i = 1; i < count; i++) if (rows[i] <= rows[i - 1]) return false;
  return true;
}

function checkRows(codec: string, { count, rows }: RowGradient): void {
  for (let i = 0; i < count; i++) {
    if (rows[i] >= 0 && rows[i] < MAX_ROWS) continue;
    throw new DqrmError("INDEX_RANGE", {
      op: `${codec}.encode`,
      position: i,
      index: rows[i],
      rows: MAX_ROWS,
    });
  }
}

function repeated(codec: string, row: number): DqrmError<"VALUE"> {
  const expected = "each row once: coalesce the gradient first";
  return new DqrmError("VALUE", {
    op: `${codec}.encode`,
    what: "rows",
    expected,
    actual: `row ${row} twice`,
  });
}
