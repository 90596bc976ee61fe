import {
  deadZoneLevels,
  isDeadZone,
  rowBytes,
  type PackedModel,
  type PackedRows,
  type Pooling,
  type RowFormat,
} from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import type { ModelMemory } from "./model-memory.ts";
import { TABLE, writeRecord, type RecordValues, type TableField } from "./records.ts";
import type { TableFeature } from "./served-models.ts";

/** The kinds of assembly/plan/records.ts that serving knows. */
const [FLOATS, PACKED] = [0, 3];

/**
 * Tells whether the plan reads every table of a model: levels of a dead zone that each row has of its own would take more
 * room than the rows.
 */
export function readsTables({ tables }: PackedModel): boolean {
  return tables.every((rows) => {
    if (rows instanceof Float32Array) return true;
    const { granularity, scheme } = rows.format;
    return (
      scheme === "symmetric" ||
      scheme === "asymmetric" ||
      (isDeadZone(scheme) && granularity.kind === "table")
    );
  });
}

/**
 * Places the tables that are served: in place when they lie in the memory, else as copies of their packed bytes.
 *
 * @throws LIMIT when copies do not fit the memory
 */
export function placeServedTables(
  runtime: Runtime,
  memory: ModelMemory,
  { spec, tables }: PackedModel,
  features: readonly TableFeature[],
): void {
  const place = (array: Float32Array | Uint8Array): number => {
    if (runtime.owns(array.buffer)) return array.byteOffset;
    const address = memory.parts.bytes(array.byteLength);
    runtime.bytes().set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
    return address;
  };
  features.forEach(({ pooling, table }, f) => {
    const { cols, rows } = spec.tables[table];
    const served = tables[table];
    writeRecord(memory.view, TABLE, memory.tables[f], {
      rows,
      mean: meanNumber(pooling),
      ...(served instanceof Float32Array
        ? { kind: FLOATS, weights: place(served), rowBytes: 4 * cols, spanCols: cols }
        : packedNumbers(served, place)),
    });
  });
}

function packedNumbers(
  { bias, codes, format, scale }: PackedRows,
  place: (array: Float32Array | Uint8Array) => number,
): RecordValues<TableField> {
  const { bits, cols, granularity, scheme } = format;
  const spanCols = granularity.kind === "group" ? Math.min(granularity.groupCols, cols) : cols;
  return {
    kind: PACKED,
    weights: place(codes),
    bits,
    spanCols,
    scale: place(scale),
    shift: scheme === "asymmetric" ? place(bias) : 0,
    levels: isDeadZone(scheme) ? place(levelsOf(format, scale[0], bias[0])) : 0,
    rowBytes: rowBytes(format),
    scaleStep: granularity.kind === "table" ? 0 : Math.ceil(cols / spanCols),
  };
}

function levelsOf(format: RowFormat, top: number, threshold: number): Float32Array {
  const levels = new Float32Array(2 ** format.bits);
  deadZoneLevels(format, top, threshold, levels);
  return levels;
}

function meanNumber(pooling: Pooling): number {
  return pooling === "mean" ? 1 : 0;
}
