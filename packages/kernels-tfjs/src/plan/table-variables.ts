import {
  add,
  concat,
  gather,
  mul,
  reshape,
  scatterND,
  slice,
  zeros,
  type Tensor,
} from "@tensorflow/tfjs-core";
import {
  DqrmError,
  vectorCols,
  type Batch,
  type ModelSpec,
  type ModelState,
  type Pooling,
  type RowGradient,
} from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";
import { fakeQuantize, symmetricScales } from "./fake-quantize.ts";
import { flattenBags } from "./flat-bags.ts";
import type { Parameter } from "./parameters.ts";

/** A step makes several tensors of a table's size that are zero almost everywhere: with more weights, of 128 MB and more. */
export const MAX_VARIABLE_WEIGHTS: number = 1 << 25;

/** Holds the bags of one feature on the backend. */
export interface BagTensors {
  readonly table: number;
  readonly count: number;
  /** @shape i32[count] */
  readonly rows: Tensor;
  /** The bag of each index. @shape i32[count × 1] */
  readonly bags: Tensor;
  /** @shape f32[count × 1] */
  readonly factors: Tensor;
}

interface Lookup {
  readonly table: number;
  readonly pooling: Pooling;
}

/** Tells whether tables of this model can be variables: in floats or behind scales of their rows, one bag for each feature. */
export function servesVariables({ features, regularization, tables }: ModelSpec): boolean {
  const simple = tables.every(({ poolingWeights, quantization }) => {
    if (poolingWeights !== "none") return false;
    if (quantization.kind === "none") return true;
    return quantization.kind === "fake" && quantization.granularity.kind === "row" && quantization.bits > 1;
  });
  // A dense step cannot tell the rows that a penalty of touched rows leaves alone.
  return simple && features.every(({ kind }) => kind === "table") && (regularization?.l2 ?? 0) === 0;
}

/**
 * Keeps the tables of a model as dense variables of TensorFlow.js, as a model of its ecosystem does: for comparison, since a
 * step costs the whole table.
 */
export class TableVariables {
  readonly parameters: readonly Parameter[];
  readonly #spec: ModelSpec;
  readonly #lookups: readonly Lookup[];
  readonly #runtime: Runtime;

  /** @throws LIMIT when the tables have more weights than MAX_VARIABLE_WEIGHTS */
  constructor(spec: ModelSpec, state: ModelState, runtime: Runtime) {
    checkWeights(spec);
    this.#spec = spec;
    this.#runtime = runtime;
    this.#lookups = spec.features.flatMap((feature) => (feature.kind === "table" ? [feature] : []));
    const rowwise = spec.optimizer.kind === "rowwise-adagrad";
    this.parameters = spec.tables.map(({ cols, rows }, t) => {
      const { optimizer, weights } = state.tables[t];
      return { shape: [rows, cols], values: weights, state: optimizer, rowwise };
    });
  }

  /** Sends the bags of a batch. @throws INDEX_RANGE; VALUE or SHAPE when the bags do not fit together */
  send({ bags, size }: Batch): readonly BagTensors[] {
    return this.#lookups.map(({ pooling, table }, f) => {
      const { rows } = this.#spec.tables[table];
      const flat = flattenBags(bags[f], { rows, size, mean: pooling === "mean" });
      const count = flat.rows.length;
      return {
        table,
        count,
        rows: this.#runtime.send(flat.rows, [count]),
        bags: this.#runtime.send(flat.bags, [count, 1]),
        factors: this.#runtime.send(flat.factors, [count, 1]),
      };
    });
  }

  /** Pools rows of tables as their quantization shows them. @shape → f32[size × features × cols] */
  forward(sent: readonly BagTensors[], tables: readonly Tensor[], size: number): Tensor {
    const cols = vectorCols(this.#spec);
    if (sent.length === 0) return zeros([size, 0, cols]);
    const served = tables.map((table, t) => {
      const { quantization } = this.#spec.tables[t];
      if (quantization.kind !== "fake") return table;
      return fakeQuantize(table, symmetricScales(table, quantization.bits, "row"), quantization.bits);
    });
    const pooled = sent.map(({ bags, count, factors, rows, table }) => {
      if (count === 0) return zeros([size, 1, cols]);
      const terms = mul(gather(served[table], rows), factors);
      return reshape(scatterND(bags, terms, [size, cols]), [size, 1, cols]);
    });
    return concat(pooled, 1);
  }

  /** Computes the dense gradients of all tables. @shape dpooled f32[size × features × cols] */
  backward(sent: readonly BagTensors[], dpooled: Tensor): readonly Tensor[] {
    const [size, , cols = 1] = dpooled.shape;
    const gradients = this.#zeros();
    sent.forEach(({ bags, count, factors, rows, table }, f) => {
      if (count === 0) return;
      const dbags = reshape(slice(dpooled, [0, f, 0], [size, 1, cols]), [size, cols]);
      const drows = mul(gather(dbags, reshape(bags, [count])), factors);
      const { shape } = this.parameters[table];
      gradients[table] = add(gradients[table], scatterND(reshape(rows, [count, 1]), drows, [...shape]));
    });
    return gradients;
  }

  /** Spreads the gradients of rows over dense ones. */
  spread(gradients: readonly RowGradient[]): readonly Tensor[] {
    const dense = this.#zeros();
    gradients.forEach(({ cols, count, rows, values }, t) => {
      if (count === 0) return;
      const places = this.#runtime.send(rows.subarray(0, count), [count, 1]);
      const numbers = this.#runtime.send(values.subarray(0, count * cols), [count, cols]);
      dense[t] = scatterND(places, numbers, [...this.parameters[t].shape]);
    });
    return dense;
  }

  #zeros(): Tensor[] {
    return this.parameters.map(({ shape }) => zeros([...shape]));
  }
}

function checkWeights({ tables }: ModelSpec): void {
  const weights = tables.reduce((sum, { cols, rows }) => sum + rows * cols, 0);
  if (weights <= MAX_VARIABLE_WEIGHTS) return;
  const what = "weights of tables that are variables of TensorFlow.js";
  throw new DqrmError("LIMIT", {
    what,
    limit: "MAX_VARIABLE_WEIGHTS",
    maximum: MAX_VARIABLE_WEIGHTS,
    actual: weights,
  });
}
