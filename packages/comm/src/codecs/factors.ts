import { createRandom, type Kernels, type RandomKey, type RowGradient } from "@dqrm/core";
import { orthonormalize } from "./orthonormalize.ts";

/** Finds and multiplies the factors of matrices with so many columns, of one rank. */
export interface Factors {
  /** Gives P [count × rank] and then Q [cols × rank], valid until the next call. */
  factorize(gradient: RowGradient, key: RandomKey): Float32Array;
  /** Fills the values of a gradient with P·Qᵀ: products, and their sums in order, are each rounded to f32. */
  multiply(sent: Float32Array, target: RowGradient): void;
}

/** Prepares factors for shapes, each once. */
export function prepareFactors(kernels: Kernels): (cols: number, rank: number) => Factors {
  const prepared = new Map<string, Factors>();
  return (cols, rank) => {
    const name = `${cols} ${rank}`;
    const factors = prepared.get(name) ?? createFactors(kernels, cols, rank);
    prepared.set(name, factors);
    return factors;
  };
}

const NO_BIAS = new Float32Array(0);

function createFactors(kernels: Kernels, cols: number, rank: number): Factors {
  const project = kernels.prepare("linear", { inputs: cols, outputs: rank, activation: "none" });
  const projectBack = kernels.prepare("linearBackwardWeight", { inputs: cols, outputs: rank });
  // Bag sums are the same bits in every backend, so that all readers get the same gradient.
  const pool = kernels.prepare("embeddingBag", { cols, pooling: "sum", stride: cols, offset: 0 });
  const columns = new Float32Array(rank * cols);
  const room = createRoom(cols, rank);
  return {
    factorize({ count, values }, key) {
      const random = createRandom(key);
      for (let i = 0; i < columns.length; i++) columns[i] = random.normal();
      const sent = room(count).sent.subarray(0, (count + cols) * rank);
      const p = sent.subarray(0, count * rank);
      project(values, columns, NO_BIAS, p, 0, count);
      const exact = Float64Array.from(p);
      orthonormalize(exact, count, rank);
      p.set(exact);
      projectBack(values, p, count, columns, NO_BIAS, 0, rank);
      transpose(columns, rank, sent.subarray(count * rank));
      return sent;
    },
    multiply(sent, { count, values }) {
      const { indices, offsets } = room(count);
      transpose(sent.subarray(count * rank), cols, columns);
      const bags = {
        indices: indices.subarray(0, count * rank),
        offsets: offsets.subarray(0, count + 1),
        weights: sent.subarray(0, count * rank),
      };
      pool(columns, rank, bags, values, 0, count);
    },
  };
}

/** Writes the columns of a matrix of so many rows one after the other. */
function transpose(matrix: Float32Array, rows: number, out: Float32Array): void {
  const cols = matrix.length / rows;
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = matrix[r * cols + c];
}

interface Room {
  readonly sent: Float32Array;
  /** Of `count` bags that each take all ranks. */
  readonly indices: Int32Array;
  readonly offsets: Int32Array;
}

/** Gives room for matrices of so many rows; it grows with the largest so far. */
function createRoom(cols: number, rank: number): (count: number) => Room {
  let rows = -1;
  let room: Room = { sent: new Float32Array(0), indices: new Int32Array(0), offsets: new Int32Array(0) };
  return (count) => {
    if (count <= rows) return room;
    rows = count;
    room = {
      sent: new Float32Array((rows + cols) * rank),
      indices: Int32Array.from({ length: rows * rank }, (_, i) => i % rank),
      offsets: Int32Array.from({ length: rows + 1 }, (_, i) => i * rank),
    };
    return room;
  };
}
