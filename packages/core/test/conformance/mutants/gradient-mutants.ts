import { bagCount, reserveRowGradient, scanRange } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";

export const gradientMutants: readonly Mutant[] = [
  {
    name: "does not coalesce",
    ops: {
      embeddingBagBackward: (spec) => (gradient, rows, bags, out) => {
        correct("embeddingBagBackward", spec)(gradient, rows, bags, out);
        const { indices } = bags;
        reserveRowGradient(out, indices.length);
        out.rows.set(indices);
        out.count = indices.length;
      },
    },
  },
  {
    name: "gives the rows in rising order",
    ops: {
      embeddingBagBackward: (spec) => (gradient, rows, bags, out) => {
        correct("embeddingBagBackward", spec)(gradient, rows, bags, out);
        out.rows.subarray(0, out.count).sort();
      },
    },
  },
  {
    name: "gives every row of a mean bag the whole gradient",
    ops: { embeddingBagBackward: (spec) => correct("embeddingBagBackward", { ...spec, pooling: "sum" }) },
  },
  {
    name: "ignores the weights on the way back",
    ops: {
      embeddingBagBackward:
        (spec) =>
        (gradient, rows, { indices, offsets }, out) => {
          correct("embeddingBagBackward", spec)(gradient, rows, { indices, offsets }, out);
        },
    },
  },
  {
    name: "appends to the last batch's rows",
    ops: {
      embeddingBagBackward: (spec) => (gradient, rows, bags, out) => {
        const before = out.count;
        correct("embeddingBagBackward", spec)(gradient, rows, bags, out);
        out.count += before;
      },
    },
  },
  {
    name: "reads the gradient without its offset",
    ops: { embeddingBagBackward: (spec) => correct("embeddingBagBackward", { ...spec, offset: 0 }) },
  },
  {
    name: "weighs the first column only",
    ops: {
      embeddingBagWeightGradient: (spec) => (gradient, table, rows, bags, dst, begin, end) => {
        const first = table.map((w, i) => (i % spec.cols === 0 ? w : 0));
        correct("embeddingBagWeightGradient", spec)(gradient, first, rows, bags, dst, begin, end);
      },
    },
  },
  {
    name: "computes the weight gradients of all bags",
    ops: {
      embeddingBagWeightGradient: (spec) => (gradient, table, rows, bags, dst) => {
        correct("embeddingBagWeightGradient", spec)(gradient, table, rows, bags, dst, 0, bagCount(bags));
      },
    },
  },
  {
    name: "keeps the last gradient of a row",
    ops: {
      coalesceRows: (spec) => (rows, values, count, out) => {
        correct("coalesceRows", spec)(rows, values, count, out);
        const { cols } = spec;
        for (let k = 0; k < count; k++) {
          const place = out.rows.subarray(0, out.count).indexOf(rows[k]);
          out.values.set(values.subarray(k * cols, (k + 1) * cols), place * cols);
        }
      },
    },
  },
  {
    name: "tells rows apart by their low 16 bits",
    ops: {
      coalesceRows: (spec) => (rows, values, count, out) => {
        correct("coalesceRows", spec)(
          rows.map((row) => row & 0xffff),
          values,
          count,
          out,
        );
      },
    },
  },
  {
    name: "coalesces all rows that the array holds",
    ops: {
      coalesceRows: (spec) => (rows, values, _count, out) => {
        correct("coalesceRows", spec)(rows, values, rows.length, out);
      },
    },
  },
  {
    name: "believes a stale dirty block",
    ops: { rangeAbsmax: () => (_table, _rows, range) => range.tree[1] },
  },
  {
    name: "leaves the flag dirty",
    ops: {
      rangeAbsmax: (spec) => (table, rows, range) => {
        const stale = { ...range, dirty: range.dirty.slice() };
        const peak = correct("rangeAbsmax", spec)(table, rows, stale);
        range.tree.fill(0);
        return peak;
      },
    },
  },
  {
    name: "scans the whole table at every query",
    ops: {
      rangeAbsmax:
        ({ cols }) =>
        (table, rows, range) => {
          scanRange(table, rows, cols, range);
          return range.tree[1];
        },
    },
  },
  {
    name: "forgets the last, partial block",
    ops: {
      rangeAbsmax: (spec) => (table, rows, range) => {
        const short = table.slice();
        const tail = Math.floor(rows / 256) * 256 * spec.cols;
        if (rows > 256) short.fill(0, tail);
        return correct("rangeAbsmax", spec)(short, rows, range);
      },
    },
  },
  {
    name: "takes the maximum without the sign",
    ops: { absmax: () => (src, begin, end) => src.subarray(begin, end).reduce((a, b) => Math.max(a, b), 0) },
  },
  {
    name: "loses a NaN",
    ops: {
      absmax: () => (src, begin, end) => {
        let peak = 0;
        for (const value of src.subarray(begin, end)) if (Math.abs(value) > peak) peak = Math.abs(value);
        return peak;
      },
    },
  },
  {
    name: "ignores begin and end of an absmax",
    ops: { absmax: (spec) => (src) => correct("absmax", spec)(src, 0, src.length) },
  },
  {
    name: "flushes subnormal numbers",
    ops: {
      absmax: (spec) => (src, begin, end) => {
        const peak = correct("absmax", spec)(src, begin, end);
        return peak < 2 ** -126 ? 0 : peak;
      },
    },
  },
];
