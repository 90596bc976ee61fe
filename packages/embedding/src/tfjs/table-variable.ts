import { scalar, tensor, type DataType, type Tensor } from "@tensorflow/tfjs-core";
import { LayerVariable, type Shape } from "@tensorflow/tfjs-layers";
import { DqrmError } from "@dqrm/core";
import { readNow } from "./bags-of-tensors.ts";

/** Says how a part of a table is read as a tensor, and written from one. */
export interface TablePart {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32";
  /** Gives a copy. */
  read(): Float32Array | Int32Array;
  write(values: Float32Array | Int32Array): void;
}

/**
 * Shows a part of a table as a weight of its layer, so that saving, loading and copying weights find it.
 *
 * A tensor exists only when it is asked for; the next one that is takes its place.
 */
export class TableVariable extends LayerVariable {
  override readonly shape: Shape;
  override readonly dtype: DataType;
  /** Files know a weight by it, whatever scope it was made in. */
  override readonly originalName: string;
  readonly #part: TablePart;
  #snapshot: Tensor | undefined;

  constructor(part: TablePart) {
    const placeholder = scalar(0);
    super(placeholder, "float32", part.name, false);
    placeholder.dispose();
    this.#part = part;
    this.shape = part.shape;
    this.dtype = part.dtype;
    this.originalName = part.name;
  }

  override read(): Tensor {
    this.#forget();
    const { dtype, shape } = this.#part;
    this.#snapshot = tensor(this.#part.read(), shape, dtype);
    return this.#snapshot;
  }

  override write(newVal: Tensor): this {
    const { name, shape, write } = this.#part;
    const expected = shape.reduce((product, length) => product * length, 1);
    if (newVal.size !== expected) {
      throw new DqrmError("SHAPE", {
        op: "QuantizedEmbeddingBag",
        what: name,
        expected,
        actual: newVal.size,
      });
    }
    const values = readNow(newVal);
    write(values instanceof Uint8Array ? Int32Array.from(values) : values);
    return this;
  }

  override dispose(): void {
    this.#forget();
    super.dispose();
  }

  #forget(): void {
    if (this.#snapshot?.isDisposed === false) this.#snapshot.dispose();
    this.#snapshot = undefined;
  }
}
