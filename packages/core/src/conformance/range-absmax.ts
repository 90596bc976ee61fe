import { BLOCK_ROWS, createBlockRange, type BlockRange } from "../format/block-range.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { scanRange } from "../reference/scan-range.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, watch } from "./expect.ts";
import { normals } from "./memory.ts";

type RangeCheck = Check<"rangeAbsmax">;

/**
 * Expects the invariants of a range: a clean leaf is its block's peak, a dirty one a bound, an inner node the larger child.
 *
 * @shape table f32[rows × cols]
 */
export function expectRangeInvariants(
  table: Float32Array,
  rows: number,
  cols: number,
  { dirty, leaves, tree }: BlockRange,
): void {
  const exact = createBlockRange(rows);
  scanRange(table, rows, cols, exact);
  for (let block = 0; block < dirty.length; block++) {
    const leaf = tree[leaves + block];
    const peak = exact.tree[exact.leaves + block];
    const holds = dirty[block] === 0 ? leaf === peak : leaf >= peak;
    if (!holds) {
      throw new Error(`block ${block} (dirty ${dirty[block]}) has peak ${peak}, its leaf says ${leaf}`);
    }
  }
  for (let node = 1; node < leaves; node++) {
    expectNumber(tree[node], Math.max(tree[2 * node], tree[2 * node + 1]), `range.tree[${node}]`);
  }
}

function scanned(rows: number, cols: number): { readonly table: Float32Array; readonly range: BlockRange } {
  const table = normals(10, rows * cols);
  const range = createBlockRange(rows);
  scanRange(table, rows, cols, range);
  return { table, range };
}

function exactAfterShrinking(rows: number, cols: number): RangeCheck {
  return {
    name: `the peak shrinks block after block, ${rows} rows`,
    run(kernel) {
      const { range, table } = scanned(rows, cols);
      for (let block = 0; block < range.dirty.length; block++) {
        const from = block * BLOCK_ROWS * cols;
        const to = Math.min(from + BLOCK_ROWS * cols, rows * cols);
        for (let i = from; i < to; i++) table[i] *= 0.5 ** (block + 1);
        range.dirty[block] = 1;
        const expectUnchanged = watch({ table });

        const peak = kernel(table, rows, range);

        expectNumber(
          peak,
          table.reduce((top, w) => Math.max(top, Math.abs(w)), 0),
          "absmax",
        );
        expectRangeInvariants(table, rows, cols, range);
        expectUnchanged();
      }
    },
  };
}

function checks(cols: number): readonly RangeCheck[] {
  const rows = 3 * BLOCK_ROWS + 1;
  return [
    exactAfterShrinking(1, cols),
    exactAfterShrinking(BLOCK_ROWS, cols),
    exactAfterShrinking(rows, cols),
    {
      name: "the peak shrinks and stays in the last block, which is not full",
      run(kernel) {
        const table = normals(11, rows * cols);
        table[rows * cols - 1] = -50;
        const range = createBlockRange(rows);
        scanRange(table, rows, cols, range);
        table[rows * cols - 1] = -40;
        range.dirty.fill(1);
        expectNumber(kernel(table, rows, range), 40, "absmax");
        expectRangeInvariants(table, rows, cols, range);
      },
    },
    {
      name: "a NaN in a block shows",
      run(kernel) {
        const table = normals(11, rows * cols);
        table[BLOCK_ROWS * cols] = Number.NaN;
        const range = createBlockRange(rows);
        scanRange(table, rows, cols, range);
        expectNumber(kernel(table, rows, range), Number.NaN, "absmax");
      },
    },
    {
      name: "a table of zeros",
      run(kernel) {
        expectNumber(kernel(new Float32Array(2 * cols), 2, createBlockRange(2)), 0, "absmax");
      },
    },
    {
      name: "a clean range is believed, its rows are not read again",
      run(kernel) {
        const { range, table } = scanned(rows, cols);
        const peak = range.tree[1];
        table.fill(2 * peak);
        expectNumber(kernel(table, rows, range), peak, "absmax");
      },
    },
    {
      name: "a dirty block below the top is not read",
      run(kernel) {
        const table = new Float32Array(rows * cols).fill(1);
        table[BLOCK_ROWS * cols] = 5;
        const range = createBlockRange(rows);
        scanRange(table, rows, cols, range);
        range.dirty[2] = 1;
        table.fill(9, 2 * BLOCK_ROWS * cols, 3 * BLOCK_ROWS * cols);
        expectNumber(kernel(table, rows, range), 5, "absmax");
        expectNumber(range.dirty[2], 1, "range.dirty[2]");
      },
    },
  ];
}

/** Yields the checks of rangeAbsmax. */
export function* rangeAbsmaxCases(backend: KernelBackend): Generator<ConformanceCase> {
  for (const cols of [1, 3, 16]) {
    yield* opCases(backend, {
      op: "rangeAbsmax",
      spec: { cols },
      label: `cols=${cols}`,
      checks: checks(cols),
    });
  }
}
