import { DqrmError, MAX_ROWS, type RowGradient } from "@dqrm/core";

/** Holds the rows of a gradient in ascending order; valid until the next call. */
export interface SortedRows {
  readonly rows: Int32Array;
  /** @shape f32[>= count × cols] */
  readonly values: Float32Array;
}

/** Sorts the rows of gradients. */
export type SortRows = (gradient: RowGradient) => SortedRows;

/** A place within a gradient of MAX_ROWS rows. */
const PLACES: number = 2 ** 22;

/**
 * Prepares the sort of gradients by row; one that is sorted already is not copied.
 *
 * Its room grows with the largest gradient so far.
 */
export function prepareSort(codec: string): SortRows {
  let order = new Float64Array(0);
  let rows = new Int32Array(0);
  let values = new Float32Array(0);

  const reserve = (count: number, cols: number): void => {
    if (rows.length < count) {
      order = new Float64Array(Math.max(count, 2 * rows.length));
      rows = new Int32Array(order.length);
    }
    if (values.length < count * cols) values = new Float32Array(Math.max(count * cols, 2 * values.length));
  };

  return (gradient) => {
    const { cols, count } = gradient;
    checkRows(codec, gradient);
    if (isAscending(gradient)) return gradient;
    reserve(count, cols);
    const keys = order.subarray(0, count);
    for (let i = 0; i < count; i++) keys[i] = gradient.rows[i] * PLACES + i;
    keys.sort();
    for (let i = 0; i < count; i++) {
      const row = Math.floor(keys[i] / PLACES);
      const from = keys[i] - row * PLACES;
      if (i > 0 && row === rows[i - 1]) throw repeated(codec, row);
      rows[i] = row;
      for (let c = 0; c < cols; c++) values[i * cols + c] = gradient.values[from * cols + c];
    }
    return { rows, values };
  };
}

function isAscending({ count, rows }: RowGradient): boolean {
  for (let i = 1; i < count; i++) if (rows[i] <= rows[i - 1]) return false;
  return true;
}

function checkRows(codec: string, { count, rows }: RowGradient): void {
  if (count > PLACES) {
    const what = `${codec}.encode rows`;
    throw new DqrmError("LIMIT", { what, limit: "PLACES", maximum: PLACES, actual: count });
  }
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
