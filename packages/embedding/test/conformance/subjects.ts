import { createKernels, reference, type PackedRows, type RowFormat } from "@dqrm/core";
import { floatTable, normalInit, packedTable, qatTable } from "@dqrm/embedding";
import type { TableSubject, TrainableSubject } from "../../src/conformance/index.ts";

/** The size of every table under test: rows are not a power of two, columns are odd. */
export const shape = { rows: 11, cols: 3 };

/** Random weights of that size. */
export const weights: Float32Array = normalInit({ ...shape, standardDeviation: 1 }, { seed: 4, stream: 0 });

const sgd = { kind: "sgd" } as const;

/** The float table with its own weights as what it ought to hold. */
export const floatSubject: TableSubject = {
  name: "float",
  ...shape,
  weights,
  open: (pooling) => floatTable({ ...shape, pooling, weights, optimizer: sgd }),
};

/** A float table for the cases of tables that learn. */
export const floatTrainable: TrainableSubject = {
  name: "float",
  ...shape,
  create: (given, pooling) => floatTable({ ...shape, pooling, weights: given, optimizer: sgd }),
};

/** A quantization-aware table of a format, for the cases of tables that learn. */
export function qatTrainable({ bits, granularity }: RowFormat): TrainableSubject {
  const name = `qat ${bits} bits by ${granularity.kind}`;
  const policy = { optimizer: sgd, bits, granularity, refresh: { kind: "every-step" } } as const;
  return {
    name,
    ...shape,
    create: (given, pooling) => qatTable({ ...shape, pooling, weights: given, ...policy }),
  };
}

/** Quantizes the random weights. */
export function packedOf(format: RowFormat): PackedRows {
  const { bits, granularity } = format;
  const policy = { optimizer: sgd, bits, granularity, refresh: { kind: "every-step" } } as const;
  return qatTable({ ...shape, pooling: "sum", weights: weights.slice(), ...policy }).pack();
}

/** Gives the rows that packed rows stand for. */
export function dequantized(packed: PackedRows): Float32Array {
  const dst = new Float32Array(packed.rows * packed.format.cols);
  createKernels([reference]).prepare("dequantizeRows", packed.format)(packed, dst, 0, packed.rows);
  return dst;
}

/** A packed table with its dequantized rows as what it ought to hold. */
export function packedSubject(packed: PackedRows): TableSubject {
  const { bits, granularity } = packed.format;
  const name = `packed ${bits} bits by ${granularity.kind}`;
  return {
    name,
    ...shape,
    weights: dequantized(packed),
    open: (pooling) => packedTable(packed, { pooling }),
  };
}
