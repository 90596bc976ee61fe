import { allocateRows, bagCount, isDeadZone, jaggedFrom, type Jagged } from "../../../src/index.ts";
import { correct, type Mutant } from "./mutant.ts";

const withIndices = (bags: Jagged, change: (index: number) => number): Jagged => ({
  ...bags,
  indices: bags.indices.map(change),
});

const distinct = (bags: Jagged): Jagged =>
  jaggedFrom(
    Array.from({ length: bagCount(bags) }, (_, b) => [
      ...new Set(bags.indices.subarray(bags.offsets[b], bags.offsets[b + 1])),
    ]),
  );

const unweighted = ({ indices, offsets }: Jagged): Jagged => ({ indices, offsets });

export const bagMutants: readonly Mutant[] = [
  {
    name: "takes a NaN weight for zero",
    ops: {
      embeddingBagFakeQuant: (spec) => (table, rows, scale, bags, dst, begin, end) => {
        const zeroed = table.map((w) => (Number.isNaN(w) ? 0 : w));
        correct("embeddingBagFakeQuant", spec)(zeroed, rows, scale, bags, dst, begin, end);
      },
    },
  },
  {
    name: "takes falling offsets for an empty bag",
    ops: {
      embeddingBagPacked: (spec) => (table, bags, dst, begin, end) => {
        const offsets = bags.offsets.slice();
        for (let b = offsets.length - 2; b >= 0; b--) offsets[b] = Math.min(offsets[b], offsets[b + 1]);
        correct("embeddingBagPacked", spec)(table, { ...bags, offsets }, dst, begin, end);
      },
    },
  },
  {
    name: "reads the codes of a dead zone as multiples of its top",
    ops: {
      embeddingBagPacked: (spec) => (table, bags, dst, begin, end) => {
        const zone = isDeadZone(spec.format.scheme);
        const format = zone ? ({ ...spec.format, scheme: "symmetric" } as const) : spec.format;
        correct("embeddingBagPacked", { ...spec, format })({ ...table, format }, bags, dst, begin, end);
      },
    },
  },
  {
    name: "drops the last bag",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, Math.max(begin, end - 1));
      },
    },
  },
  {
    name: "adds to what dst holds",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const before = dst.slice();
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        for (let b = begin; b < end; b++) {
          for (let c = 0; c < spec.cols; c++) {
            const i = b * spec.stride + spec.offset + c;
            dst[i] += before[i];
          }
        }
      },
    },
  },
  {
    name: "counts a repeated row once",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, distinct(bags), dst, begin, end);
      },
    },
  },
  {
    name: "ignores the mean",
    ops: { embeddingBag: (spec) => correct("embeddingBag", { ...spec, pooling: "sum" }) },
  },
  {
    name: "gives NaN for the mean of an empty bag",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        for (let b = begin; b < end && spec.pooling === "mean"; b++) {
          if (bags.offsets[b] === bags.offsets[b + 1]) dst[b * spec.stride + spec.offset] = Number.NaN;
        }
      },
    },
  },
  {
    name: "divides a weighted mean by the sum of the weights",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const { offsets, weights } = bags;
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        for (let b = begin; b < end && spec.pooling === "mean" && weights !== undefined; b++) {
          const part = weights.subarray(offsets[b], offsets[b + 1]);
          const factor = part.length / part.reduce((sum, w) => sum + w, 0);
          for (let c = 0; c < spec.cols && part.length > 0; c++)
            dst[b * spec.stride + spec.offset + c] *= factor;
        }
      },
    },
  },
  {
    name: "ignores the weights",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, unweighted(bags), dst, begin, end);
      },
    },
  },
  {
    name: "wraps a hostile index",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const wrapped = withIndices(bags, (i) => ((i % rows) + rows) % rows);
        correct("embeddingBag", spec)(table, rows, wrapped, dst, begin, end);
      },
    },
  },
  {
    name: "clamps a hostile index",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const clamped = withIndices(bags, (i) => Math.min(Math.max(i, 0), rows - 1));
        correct("embeddingBag", spec)(table, rows, clamped, dst, begin, end);
      },
    },
  },
  {
    name: "checks only the upper end of an index",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const passed = withIndices(bags, (i) => Math.max(i, 0));
        correct("embeddingBag", spec)(table, rows, passed, dst, begin, end);
      },
    },
  },
  {
    name: "writes behind dst",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        new Float32Array(dst.buffer, dst.byteOffset, dst.length + 1)[dst.length] = 0;
      },
    },
  },
  {
    name: "fills the gap between strided rows",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        dst.fill(0, begin * spec.stride, end * spec.stride);
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
      },
    },
  },
  {
    name: "scribbles over the table",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        table[0] = 0;
      },
    },
  },
  {
    name: "ignores begin and end",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, 0, bagCount(bags));
      },
    },
  },
  {
    name: "forgets the odd last column",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        for (let b = begin; b < end && spec.cols % 2 === 1; b++) {
          dst[b * spec.stride + spec.offset + spec.cols - 1] = 0;
        }
      },
    },
  },
  {
    name: "reads the buffer from its start, whatever the view's offset",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const misread = new Float32Array(table.buffer, 0, table.length);
        correct("embeddingBag", spec)(misread, rows, bags, dst, begin, end);
      },
    },
  },
  {
    name: "adds in reverse order",
    ops: {
      embeddingBag: (spec) => (table, rows, bags, dst, begin, end) => {
        const reversed = Array.from({ length: bagCount(bags) }, (_, b) =>
          [...bags.indices.subarray(bags.offsets[b], bags.offsets[b + 1])].reverse(),
        );
        const turned = bags.weights === undefined ? jaggedFrom(reversed) : bags;
        correct("embeddingBag", spec)(table, rows, turned, dst, begin, end);
      },
    },
  },
  {
    name: "quantizes after pooling",
    ops: {
      embeddingBagFakeQuant: (spec) => (table, rows, scale, bags, dst, begin, end) => {
        const { cols, granularity, bits, offset, stride } = spec;
        const format = { bits, cols, scheme: "symmetric", granularity } as const;
        correct("embeddingBag", spec)(table, rows, bags, dst, begin, end);
        const none = new Float32Array(0);
        for (let b = begin; b < end; b++) {
          const row = dst.subarray(b * stride + offset, b * stride + offset + cols);
          const own = new Float32Array(allocateRows(format, 1).scale.length);
          correct("chooseScale", format)(row, own, none, 0, 1);
          correct("fakeQuantizeRows", format)(
            row,
            granularity.kind === "table" ? scale : own,
            none,
            row,
            0,
            1,
          );
        }
      },
    },
  },
  {
    name: "reads the table's scale where each row has its own",
    ops: {
      embeddingBagFakeQuant: (spec) =>
        correct("embeddingBagFakeQuant", { ...spec, granularity: { kind: "table" } }),
    },
  },
  {
    name: "ignores the weights of fake-quantized rows",
    ops: {
      embeddingBagFakeQuant: (spec) => (table, rows, scale, bags, dst, begin, end) => {
        correct("embeddingBagFakeQuant", spec)(table, rows, scale, unweighted(bags), dst, begin, end);
      },
    },
  },
  {
    name: "swaps the nibbles of packed rows",
    ops: {
      embeddingBagPacked: (spec) => (table, bags, dst, begin, end) => {
        const codes = table.codes.map((byte) => (byte >> 4) | (byte << 4));
        correct("embeddingBagPacked", spec)({ ...table, codes }, bags, dst, begin, end);
      },
    },
  },
  {
    name: "reads every row with the first row's scale",
    ops: {
      embeddingBagPacked: (spec) => (table, bags, dst, begin, end) => {
        const scale = new Float32Array(table.scale.length).fill(table.scale[0]);
        correct("embeddingBagPacked", spec)({ ...table, scale }, bags, dst, begin, end);
      },
    },
  },
  {
    name: "forgets the bias of asymmetric rows",
    ops: {
      embeddingBagPacked: (spec) => (table, bags, dst, begin, end) => {
        const bias = new Float32Array(table.bias.length);
        correct("embeddingBagPacked", spec)({ ...table, bias }, bags, dst, begin, end);
      },
    },
  },
];
