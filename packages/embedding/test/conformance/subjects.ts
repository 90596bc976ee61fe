import {
  allocateRows,
  createKernels,
  reference,
  storedRowFormat,
  storeRows,
  type PackedRows,
  type RowFormat,
  type StoredQuantization,
} from "@dqrm/core";
import {
  floatTable,
  normalInit,
  packedTable,
  qatTable,
  storedTable,
  type MasterTable,
  type StoredTable,
} from "@dqrm/embedding";
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
export const floatTrainable: TrainableSubject<MasterTable> = {
  name: "float",
  ...shape,
  create: (given, pooling) => floatTable({ ...shape, pooling, weights: given, optimizer: sgd }),
};

/** A quantization-aware table of a format, for the cases of tables that learn. */
export function qatTrainable({ bits, granularity }: RowFormat): TrainableSubject<MasterTable> {
  const name = `qat ${bits} bits by ${granularity.kind}`;
  const policy = { optimizer: sgd, bits, granularity, refresh: { kind: "every-step" } } as const;
  return {
    name,
    ...shape,
    create: (given, pooling) => qatTable({ ...shape, pooling, weights: given, ...policy }),
  };
}

/** INT8 codes whose step stays at one half, so that the whole numbers and halves of the kit are exact. */
const halves = {
  kind: "stored",
  bits: 8,
  rounding: { kind: "nearest" },
  step: { kind: "learned", learningRate: 0 },
} as const;

function writeHalves(packed: PackedRows, given: Float32Array): void {
  packed.scale.fill(0.5);
  const quantize = createKernels([reference]).prepare("quantizeRows", {
    format: packed.format,
    rounding: "nearest",
  });
  quantize(given, packed, { seed: 0, stream: 0 }, 0, packed.rows);
}

/** A table of codes without float weights, for the cases of tables that learn. */
export const storedTrainable: TrainableSubject<StoredTable> = {
  name: "stored 8 bits",
  ...shape,
  create: (given, pooling) => {
    const packed = allocateRows(storedRowFormat(halves, shape.cols), shape.rows);
    writeHalves(packed, given);
    return storedTable({ packed, quantization: halves, stream: 0, pooling, optimizer: sgd });
  },
  read: ({ packed }) => dequantized(packed),
  write: ({ packed }, given) => {
    writeHalves(packed, given);
  },
};

/** A table of codes as it is after its first values were stored, with what its rows stand for. */
export function storedSubject(bits: StoredQuantization["bits"]): TableSubject {
  const step = { kind: "absmax" } as const;
  const quantization = { kind: "stored", bits, rounding: { kind: "stochastic", seed: 1 }, step } as const;
  const packed = allocateRows(storedRowFormat(quantization, shape.cols), shape.rows);
  storeRows(quantization, weights, packed, 0);
  return {
    name: `stored ${bits} bits`,
    ...shape,
    weights: dequantized(packed),
    open: (pooling) => storedTable({ packed, quantization, stream: 0, pooling, optimizer: sgd }),
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
