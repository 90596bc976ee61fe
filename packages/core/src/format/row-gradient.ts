/**
 * Holds the gradients of the rows that a batch touched, each row once; storage grows, `count` says how much is valid.
 *
 * Rows stand in the order of their first appearance in the batch. `slots` is scratch for the kernels that
 * coalesce; its contents mean nothing between calls.
 *
 * @shape rows i32[>= count], values f32[>= count × cols], slots i32[a power of two >= 2 × capacity]
 * @source DQRM §3.3, specified sparsity; torch sparse gradients after coalesce()
 */
export interface RowGradient {
  readonly cols: number;
  count: number;
  rows: Int32Array;
  values: Float32Array;
  slots: Int32Array;
}

/**
 * Allocates an empty gradient with room for `capacity` rows.
 *
 * ```ts doctest
 * import { createRowGradient } from "@dqrm/core";
 * createRowGradient(16, 4).values.length; // => 64
 * ```
 */
export function createRowGradient(cols: number, capacity: number): RowGradient {
  return {
    cols,
    count: 0,
    rows: new Int32Array(capacity),
    values: new Float32Array(capacity * cols),
    slots: new Int32Array(slotCount(capacity)),
  };
}

/**
 * Makes room for `capacity` rows and keeps what is there.
 *
 * @cost allocates only when the capacity grows, then at least doubles
 *
 * ```ts doctest
 * import { createRowGradient, reserveRowGradient } from "@dqrm/core";
 * const gradient = createRowGradient(2, 4);
 * reserveRowGradient(gradient, 5);
 * [gradient.rows.length, gradient.values.length]; // => [8, 16]
 * ```
 */
export function reserveRowGradient(gradient: RowGradient, capacity: number): void {
  if (gradient.rows.length >= capacity) return;
  const grown = Math.max(capacity, 2 * gradient.rows.length);
  const rows = new Int32Array(grown);
  rows.set(gradient.rows);
  const values = new Float32Array(grown * gradient.cols);
  values.set(gradient.values);
  gradient.rows = rows;
  gradient.values = values;
  gradient.slots = new Int32Array(slotCount(grown));
}

function slotCount(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, 2 * capacity)));
}
