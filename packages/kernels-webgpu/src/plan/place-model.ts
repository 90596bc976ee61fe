import { BLOCK_ROWS, spanLayout, type RowFormat } from "@dqrm/core";
import type { Host } from "../bridge/host.ts";
import type { DeviceRows } from "../table/device-rows.ts";
import { rowsPerShard, type Shard } from "../table/shards.ts";
import type { CodeLayer } from "./code-layer.ts";
import type { ResidentCodeLayer, ResidentLayer, ResidentTable } from "./resident-table.ts";

/** Allocates what a plan keeps on the device, and frees all of it when there is no room for the rest. */
export interface Placing {
  table(rows: DeviceRows, codes?: Pick<RowFormat, "bits" | "granularity">): ResidentTable;
  layer(weight: Float32Array, bias: Float32Array): ResidentLayer;
  codeLayer(layer: CodeLayer, bias: Float32Array): ResidentCodeLayer;
  /** Every buffer allocated so far. */
  readonly residents: readonly number[];
}

type Allocate = Host["allocate"];

/** Begins the placing of a model. */
export function beginPlacing(host: Host): Placing {
  const residents: number[] = [];
  const allocate: Allocate = (bytes, data) => {
    const resident = host.allocate(bytes, data);
    residents.push(resident);
    return resident;
  };

  return {
    table(rows, codes) {
      const most = rowsPerShard(host.shardBytes, rows.rowBytes, BLOCK_ROWS);
      const blockRows = Math.min(BLOCK_ROWS, most);
      const shards = placeShards(allocate, rows, most);
      if (codes === undefined) return { rows, shards, blockRows };
      const { bits, granularity } = codes;
      const { scaleStep, spanCols } = spanLayout({ cols: rows.cols, granularity });
      if (scaleStep > 0) return { rows, shards, blockRows, codes: { bits, spanCols } };
      const kept = { scale: allocate(4), peaks: allocate(4 * Math.ceil(rows.rows / blockRows)) };
      return { rows, shards, blockRows, codes: { bits, spanCols, kept } };
    },
    layer: (weight, bias) => ({
      weight: allocate(weight.byteLength, weight),
      bias: allocate(bias.byteLength, bias),
      biased: bias.length > 0,
    }),
    codeLayer: ({ codes, scales, sums, words }, bias) => ({
      words,
      codes: allocate(codes.byteLength, codes),
      scales: allocate(scales.byteLength, scales),
      sums: allocate(sums.byteLength, sums),
      bias: allocate(bias.byteLength, bias),
    }),
    residents,
  };
}

/** Places a model, or nothing of it. */
export function placeModel<T>(
  host: Host,
  place: (placing: Placing) => T,
): { readonly placed: T; readonly residents: readonly number[] } {
  const placing = beginPlacing(host);
  try {
    return { placed: place(placing), residents: placing.residents };
  } catch (error) {
    host.dispose(placing.residents);
    throw error;
  }
}

function placeShards(allocate: Allocate, rows: DeviceRows, most: number): readonly Shard[] {
  const shards: Shard[] = [];
  for (let first = 0; first < rows.rows; first += most) {
    const count = Math.min(most, rows.rows - first);
    const { others, table } = rows.cut(first, first + count);
    const resident = allocate(table.byteLength, table);
    shards.push({
      first,
      rows: count,
      table: resident,
      others: others.map((array) => allocate(array.byteLength, array)),
    });
  }
  return shards;
}
