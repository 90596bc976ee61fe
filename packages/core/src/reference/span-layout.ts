import type { RowFormat } from "../format/row-format.ts";

/**
 * Divides a row into the spans that share one scale.
 *
 * @shape span g of row r: weights [g × spanCols, min((g + 1) × spanCols, cols)), scale[r × scaleStep + g]
 */
export interface SpanLayout {
  readonly spanCols: number;
  readonly spans: number;
  /** Scales per row; 0 when one scale serves the whole table. */
  readonly scaleStep: number;
}

/**
 * Gives the spans of a format's rows.
 *
 * ```ts doctest
 * import { spanLayout } from "@dqrm/core";
 * spanLayout({ cols: 10, granularity: { kind: "group", groupCols: 4 } }); // => { spanCols: 4, spans: 3, scaleStep: 3 }
 * spanLayout({ cols: 10, granularity: { kind: "table" } }); // => { spanCols: 10, spans: 1, scaleStep: 0 }
 * ```
 */
export function spanLayout({ cols, granularity }: Pick<RowFormat, "cols" | "granularity">): SpanLayout {
  switch (granularity.kind) {
    case "table":
      return { spanCols: cols, spans: 1, scaleStep: 0 };
    case "row":
      return { spanCols: cols, spans: 1, scaleStep: 1 };
    case "group": {
      const spans = Math.ceil(cols / granularity.groupCols);
      return { spanCols: granularity.groupCols, spans, scaleStep: spans };
    }
  }
}

/** Counts the scales that rows up to `end` read. */
export function scalesNeeded({ scaleStep }: SpanLayout, end: number): number {
  return scaleStep === 0 ? 1 : scaleStep * end;
}
