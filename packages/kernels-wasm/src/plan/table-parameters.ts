import {
  defineKernels,
  type BlockRange,
  type KernelBackend,
  type ModelSpec,
  type ModelState,
  type TableSpec,
  type TableState,
} from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import type { TrainingExports } from "../training.generated.ts";
import type { ModelMemory } from "./model-memory.ts";
import { TABLE, writeRecord, type RecordValues, type TableField } from "./records.ts";
import type { TableFeature } from "./served-models.ts";

/** Keeps the tables where training reads and changes them: in place when they lie in the memory, else as copies. */
export interface TableParameters {
  /** Reads the caller's tables and optimizer state anew, where they are copies. */
  load(): void;
  /** Reads the caller's ranges. */
  loadRanges(): void;
  /** Rebuilds the ranges from the tables. @cost O(rows × cols) */
  scanRanges(): void;
  /** Writes copies back to the caller's arrays. */
  store(): void;
  storeRanges(): void;
  /** Gives each table's scale, as the caller's array holds it, to the lookups. */
  giveScales(): void;
  /** Finds the absmax of tables by their ranges: the caller's range names the table, the plan's own is read. */
  readonly ranges: KernelBackend;
}

/** Pairs an array of the caller with its copy in memory; both are one where the array lies there. */
interface Mirror {
  readonly array: Float32Array;
  readonly inside: Float32Array;
}

interface PlacedTable {
  readonly record: number;
  readonly spec: TableSpec;
  readonly state: TableState;
  readonly weights: Mirror;
  readonly optimizer: Mirror;
  readonly scale: Float32Array;
  /** Present where a scale follows the table. */
  readonly range: BlockRange | undefined;
}

/**
 * Places the tables of a model.
 *
 * @throws LIMIT when copies do not fit the memory
 * @cost nothing for tables of the memory's own arena, a copy of each other one
 */
export function createTableParameters(
  runtime: Runtime<TrainingExports>,
  memory: ModelMemory,
  { spec, state }: { readonly spec: ModelSpec; readonly state: ModelState },
  features: readonly TableFeature[],
): TableParameters {
  const placed = features.map(({ pooling, table }, f) => {
    const parts = placeTable(runtime, memory, spec.tables[table], state.tables[table]);
    const { range, scale } = parts;
    writeRecord(memory.view, TABLE, memory.tables[f], {
      ...tableNumbers(spec.tables[table]),
      mean: pooling === "mean" ? 1 : 0,
      weights: parts.weights.inside.byteOffset,
      scale: scale.byteOffset,
      state: parts.optimizer.inside.byteOffset,
      tree: range?.tree.byteOffset ?? 0,
      leaves: range?.leaves ?? 0,
      dirty: range?.dirty.byteOffset ?? 0,
    });
    return { ...parts, record: memory.tables[f] };
  });
  return tableParameters(runtime.exports, placed);
}

function tableParameters(exports: TrainingExports, placed: readonly PlacedTable[]): TableParameters {
  const mirrors = placed.flatMap(({ optimizer, weights }) => [weights, optimizer]);
  const records = new Map(placed.map(({ record, state }) => [state.range, record]));
  const copies = mirrors.filter(({ array, inside }) => array.buffer !== inside.buffer);
  return {
    load() {
      for (const { array, inside } of copies) inside.set(array);
    },
    loadRanges() {
      for (const { range, state } of placed) {
        if (range === undefined) continue;
        range.tree.set(state.range.tree);
        range.dirty.set(state.range.dirty);
      }
    },
    scanRanges() {
      for (const { range, record, spec } of placed)
        if (range !== undefined) exports.scanTable(record, spec.cols);
    },
    store() {
      for (const { array, inside } of copies) array.set(inside);
    },
    storeRanges() {
      for (const { range, state } of placed) {
        if (range === undefined) continue;
        state.range.tree.set(range.tree);
        state.range.dirty.set(range.dirty);
      }
    },
    giveScales() {
      for (const { scale, state } of placed) scale[0] = state.scale[0];
    },
    ranges: defineKernels("wasm", {
      rangeAbsmax:
        ({ cols }) =>
        (_table, _rows, range) =>
          exports.tablePeak(records.get(range) ?? 0, cols),
    }),
  };
}

function placeTable(
  runtime: Runtime<TrainingExports>,
  { parts }: ModelMemory,
  spec: TableSpec,
  state: TableState,
): Omit<PlacedTable, "record"> {
  const { buffer } = runtime.memory;
  const mirror = (array: Float32Array): Mirror => {
    if (runtime.owns(array.buffer)) return { array, inside: array };
    return { array, inside: new Float32Array(buffer, parts.words(array.length), array.length) };
  };
  const { leaves, dirty } = state.range;
  const followed = spec.quantization.kind === "fake" && spec.quantization.granularity.kind === "table";
  return {
    spec,
    state,
    weights: mirror(state.weights),
    optimizer: mirror(state.optimizer),
    scale: new Float32Array(buffer, parts.words(1), 1),
    range: followed
      ? {
          leaves,
          tree: new Float32Array(buffer, parts.words(2 * leaves), 2 * leaves),
          dirty: new Uint8Array(buffer, parts.bytes(dirty.length), dirty.length),
        }
      : undefined,
  };
}

function tableNumbers({ cols, quantization, rows }: TableSpec): RecordValues<TableField> {
  const rowBytes = 4 * cols;
  if (quantization.kind !== "fake") return { kind: 0, rows, rowBytes, spanCols: cols };
  const { bits, granularity } = quantization;
  const spanCols = granularity.kind === "group" ? Math.min(granularity.groupCols, cols) : cols;
  return { kind: granularity.kind === "table" ? 1 : 2, rows, rowBytes, bits, spanCols };
}
