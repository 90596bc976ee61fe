/** Rows per block: 256 rows of 16 columns are 16 kB, so a block is rescanned within the first-level cache. */
export const BLOCK_ROWS = 256;

/**
 * Keeps the largest magnitude of each block of {@link BLOCK_ROWS} rows in a tournament tree, so that a table's
 * exact absmax follows every update at a cost proportional to the rows touched.
 *
 * Leaf `leaves + b` holds the peak of block b, every inner node the larger of its children, node 1 the table's.
 * A leaf is exact while `dirty[b]` is 0; when the row that held the peak shrinks, the leaf stays as an upper
 * bound and the block is marked dirty until a query needs it.
 *
 * @shape tree f32[2 × leaves], leaves = the power of two >= ⌈rows/BLOCK_ROWS⌉; dirty u8[⌈rows/BLOCK_ROWS⌉]
 * @source our improvement on DQRM §3.2, which recomputes the range every P steps
 */
export interface BlockRange {
  readonly leaves: number;
  readonly tree: Float32Array;
  readonly dirty: Uint8Array;
}

/**
 * Allocates the range of a table whose weights are all zero.
 *
 * ```ts doctest
 * import { createBlockRange } from "@dqrm/core";
 * createBlockRange(1000).dirty.length; // => 4
 * createBlockRange(1000).tree.length; // => 8
 * ```
 */
export function createBlockRange(rows: number): BlockRange {
  const blocks = Math.max(1, Math.ceil(rows / BLOCK_ROWS));
  const leaves = 2 ** Math.ceil(Math.log2(blocks));
  return { leaves, tree: new Float32Array(2 * leaves), dirty: new Uint8Array(blocks) };
}

/**
 * Sets the peak of one block and repairs the nodes above it.
 *
 * @cost O(log blocks), and stops at the first node that does not change
 *
 * ```ts doctest
 * import { createBlockRange, setBlockPeak } from "@dqrm/core";
 * const range = createBlockRange(1000);
 * setBlockPeak(range, 2, 0.5);
 * setBlockPeak(range, 3, 0.25);
 * range.tree[1]; // => 0.5
 * ```
 */
export function setBlockPeak(range: BlockRange, block: number, peak: number): void {
  const { leaves, tree } = range;
  let node = leaves + block;
  tree[node] = peak;
  while (node > 1) {
    const parent = node >> 1;
    const larger = Math.max(tree[2 * parent], tree[2 * parent + 1]);
    if (tree[parent] === larger) return;
    tree[parent] = larger;
    node = parent;
  }
}

/**
 * Finds a block whose peak is the table's.
 *
 * @cost O(log blocks)
 *
 * ```ts doctest
 * import { createBlockRange, peakBlock, setBlockPeak } from "@dqrm/core";
 * const range = createBlockRange(1000);
 * setBlockPeak(range, 2, 0.5);
 * peakBlock(range); // => 2
 * ```
 */
export function peakBlock(range: BlockRange): number {
  const { leaves, tree } = range;
  let node = 1;
  while (node < leaves) node = tree[2 * node] === tree[node] ? 2 * node : 2 * node + 1;
  return node - leaves;
}
