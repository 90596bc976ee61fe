import { rowBytes, scaleCount, type PackedRows } from "@dqrm/core";

/**
 * Views rows [begin, end) of packed rows as packed rows of their own, without copying.
 *
 * ```ts doctest
 * import { allocateRows } from "@dqrm/core";
 * import { viewRows } from "@dqrm/quant";
 * const format = { bits: 4, cols: 3, scheme: "symmetric", granularity: { kind: "row" } } as const;
 * const view = viewRows(allocateRows(format, 10), 2, 5);
 * [view.rows, view.codes.length, view.scale.length]; // => [3, 6, 3]
 * ```
 */
export function viewRows(packed: PackedRows, begin: number, end: number): PackedRows {
  const { bias, codes, format, scale } = packed;
  const bytes = rowBytes(format);
  const shared = format.granularity.kind === "table";
  const first = shared ? 0 : scaleCount(format, begin);
  const last = shared ? 1 : scaleCount(format, end);
  return {
    format,
    rows: end - begin,
    codes: codes.subarray(begin * bytes, end * bytes),
    scale: scale.subarray(first, last),
    bias: bias.length === 0 ? bias : bias.subarray(first, last),
  };
}
