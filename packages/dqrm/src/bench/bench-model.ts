import {
  allocateModelState,
  createArena,
  createKernels,
  DqrmError,
  reference,
  packedTableFormat,
  rowBytes,
  rowStateLength,
  symmetricScale,
  type Arena,
  type ModelSpec,
  type ModelState,
  type PackedModel,
  type PackedRows,
  type RowFormat,
  type TableSpec,
} from "@dqrm/core";
import { packModel } from "@dqrm/dlrm";
import { fillBytes, fillUniform } from "./noise.ts";

/** Small arrays share a segment of this many bytes; a longer table gets a segment of its own. */
export const SEGMENT_BYTES: number = 1 << 24;

/** Plans, batches and the process itself need this much beside the tables. */
const RESERVE_BYTES = 256e6;

/** Counts the bytes of a model's tables in training: floats and what the optimizer keeps. */
export function trainingBytes({ optimizer, tables }: ModelSpec): number {
  return tables.reduce(
    (sum, { cols, rows }) => sum + 4 * (rows * cols + rowStateLength(optimizer, rows, cols)),
    0,
  );
}

/** Counts the bytes of a model's tables as they are served: codes, or floats. */
export function servedBytes({ tables }: ModelSpec): number {
  return tables.reduce((sum, table) => sum + table.rows * servedRowBytes(table), 0);
}

/** Counts the bytes of a row as it is served. */
export function servedRowBytes(table: TableSpec): number {
  const format = servedFormat(table);
  return format === undefined ? 4 * table.cols : rowBytes(format);
}

/**
 * Refuses tables that do not fit into free memory, before the machine begins to swap or to kill.
 *
 * @throws LIMIT naming both numbers
 */
export function requireMemory(tableBytes: number, availableBytes: number): void {
  const actual = tableBytes + RESERVE_BYTES;
  if (actual <= availableBytes) return;
  throw new DqrmError("LIMIT", {
    what: `bytes that this benchmark needs (${tableBytes} for the tables; --limit-rows caps them)`,
    limit: "free memory",
    maximum: availableBytes,
    actual,
  });
}

/** Allocates a model for training, with weights of the usual size that are drawn fast. */
export function createBenchState(spec: ModelSpec, arena: Arena): ModelState {
  const state = allocateModelState(spec, arena);
  state.tables.forEach(({ weights }, t) => {
    fillUniform(weights, tableBound(spec.tables[t]), t);
  });
  for (const stack of ["bottom", "top"] as const) {
    spec[stack].forEach(({ inputs, outputs }, k) => {
      fillUniform(state[stack][k].weight, Math.sqrt(6 / (inputs + outputs)), 100 + k);
      fillUniform(state[stack][k].bias, Math.sqrt(1 / outputs), 200 + k);
    });
  }
  return state;
}

/** Allocates a model for serving: random codes, or floats, and layers packed as the spec says. */
export function createBenchModel(spec: ModelSpec, arena: Arena): PackedModel {
  // Only the layers of this model are used; its tables have one row.
  const small = { ...spec, tables: spec.tables.map((table) => ({ ...table, rows: 1 })) };
  const layers = packModel(small, createBenchState(small, createArena(0)), createKernels([reference]));
  return {
    ...layers,
    spec,
    tables: spec.tables.map((table, t) => createTable(table, arena, t)),
  };
}

function createTable(table: TableSpec, arena: Arena, seed: number): PackedRows | Float32Array {
  const { cols, rows } = table;
  const format = servedFormat(table);
  if (format === undefined) {
    const weights = arena.float32(rows * cols);
    fillUniform(weights, tableBound(table), seed);
    return weights;
  }
  const codes = arena.uint8(rows * rowBytes(format));
  fillBytes(codes, seed);
  const scale = arena.float32(1);
  scale[0] = symmetricScale(tableBound(table), format.bits);
  return { format, rows, codes, scale, bias: arena.float32(0) };
}

function servedFormat(table: TableSpec): RowFormat | undefined {
  const format = packedTableFormat(table);
  return format && { ...format, scheme: "symmetric", granularity: { kind: "table" } };
}

/** The bound of the reference program's first weights. */
function tableBound({ rows }: TableSpec): number {
  return Math.sqrt(1 / rows);
}
