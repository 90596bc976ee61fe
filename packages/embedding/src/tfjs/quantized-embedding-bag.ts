import { serialization, type Tensor } from "@tensorflow/tfjs-core";
import { initializers, layers, type LayerVariable, type Shape } from "@tensorflow/tfjs-layers";
import { allocateRows, DqrmError, type PackedRows, type RowGradient } from "@dqrm/core";
import type { MasterTable } from "../table.ts";
import { checkLayerConfig, type EmbeddingBagArgs, type EmbeddingBagConfig } from "./layer-config.ts";
import { openLearningTable, openServedTable, type LearningTable, type ServedTable } from "./layer-table.ts";
import { TableVariable } from "./table-variable.ts";

/**
 * Looks bags of categories up in a quantized table, as a layer of TensorFlow.js.
 *
 * The table is memory of ours and no variable of TensorFlow.js: a step costs what its rows cost, and the optimizer of the
 * model never sees a dense gradient. The layer's own optimizer updates the touched rows with the gradient of a backward
 * pass before anything looks at the table again; with `learningRate: null` the training loop calls
 * {@link QuantizedEmbeddingBag.applyGradients} instead. A layer that is not trainable does not learn.
 *
 * @shape indices [batch × places], a negative one marks an empty place; or [indices, weights f32 of the same shape]
 *        → f32[batch × cols]
 * @throws VALUE when the configuration is not allowed; INDEX_RANGE when an index is not below rows
 * @source DQRM §3.1; the update belongs to the layer as in FBGEMM's table-batched embeddings
 *
 * ```ts doctest
 * import "@tensorflow/tfjs-backend-cpu";
 * import * as tf from "@tensorflow/tfjs-core";
 * import * as tfl from "@tensorflow/tfjs-layers";
 * import { QuantizedEmbeddingBag } from "@dqrm/embedding/tfjs";
 * const bag = new QuantizedEmbeddingBag({
 *   rows: 1000, cols: 8, pooling: "sum", inputShape: [3],
 *   quantization: { kind: "fake", bits: 4, granularity: { kind: "row" }, refresh: { kind: "every-step" } },
 *   optimizer: { kind: "rowwise-adagrad", epsilon: 1e-8 }, learningRate: 0.1, initial: { seed: 1, stream: 0 },
 * });
 * const model = tfl.sequential({ layers: [bag, tfl.layers.dense({ units: 1, activation: "sigmoid" })] });
 * model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
 * const x = tf.tensor2d([[1, 7, -1], [3, -1, -1]], [2, 3], "int32");
 * await model.fit(x, tf.tensor2d([[1], [0]]), { epochs: 2, verbose: 0 });
 * bag.table.rows; // => 1000
 * ```
 */
export class QuantizedEmbeddingBag extends layers.Layer {
  static readonly className: string = "QuantizedEmbeddingBag";
  /** Of the table's own optimizer; a schedule may change it between steps. */
  learningRate: number | null;
  readonly #config: EmbeddingBagConfig;
  #held: LearningTable | ServedTable;
  #anchor: LayerVariable | undefined;

  constructor(args: EmbeddingBagArgs) {
    super({ dtype: "int32", ...args });
    checkLayerConfig(args);
    const { cols, initial, learningRate, optimizer, pooling, quantization, rows } = args;
    this.#config = { rows, cols, pooling, quantization, optimizer, learningRate, initial };
    this.learningRate = learningRate;
    this.#held =
      args.keeps === "packed"
        ? openServedTable(this.#config, allocatePacked(this.#config))
        : openLearningTable(this.#config, () => this.learningRate);
    // Made here and not when the layer is first used: that is inside a step, which sees only variables from before it.
    if (this.#held.keeps === "masters") this.#anchor = this.#createAnchor();
    this.#showTable();
  }

  /** The table that learns, with every update made. @throws STATE once the layer keeps codes alone */
  get table(): MasterTable {
    return this.#learning("table").table();
  }

  /** What the layer keeps and saves. */
  get keeps(): "masters" | "packed" {
    return this.#held.keeps;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [first] = inputShape;
    return [Array.isArray(first) ? first[0] : first, this.#config.cols];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [indices, weights] = Array.isArray(inputs) ? inputs : [inputs];
    const held = this.#held;
    if (held.keeps === "packed") return held.lookup(indices, weights);
    if (this.learningRate !== null) held.learner.apply(this.learningRate);
    const anchor = this.#anchor;
    if (anchor === undefined) {
      throw new DqrmError("STATE", { op: "call", expected: "a layer in use", actual: "it was disposed of" });
    }
    return held.learner.embed(anchor.read(), indices, weights);
  }

  /**
   * Updates the touched rows by the gradients of the backward passes since the last update.
   *
   * @throws STATE once the layer keeps codes alone; NON_FINITE when a gradient is NaN or infinite: no row has changed then
   */
  applyGradients(learningRate: number): void {
    this.#learning("applyGradients").learner.apply(learningRate);
  }

  /**
   * Takes the gradient of the touched rows out of the layer, to be changed or exchanged and given to `table.apply`;
   * undefined when no backward pass reached it. Valid until the next call.
   *
   * @throws STATE once the layer keeps codes alone
   */
  takeGradient(): RowGradient | undefined {
    return this.#learning("takeGradient").learner.take();
  }

  /** Forgets gradients that were computed but are not to be applied. */
  clearGradients(): void {
    this.#learning("clearGradients").learner.clear();
  }

  /** Quantizes the table as it serves. @throws STATE when it is float */
  pack(): PackedRows {
    return this.#held.keeps === "packed" ? this.#held.packed() : this.#held.pack();
  }

  /**
   * Replaces the masters by the packed table that they answered as: the layer serves, saves an eighth at 4 bits, and no
   * longer learns.
   *
   * @throws STATE when the table is float
   */
  freeze(): void {
    if (this.#held.keeps === "packed") return;
    this.#held = openServedTable(this.#config, this.#held.pack());
    for (const weight of this.weights) weight.dispose();
    this.trainableWeights = [];
    this.nonTrainableWeights = [];
    this.#anchor = undefined;
    this.#showTable();
  }

  override getConfig(): serialization.ConfigDict {
    const { cols, initial, optimizer, pooling, quantization, rows } = this.#config;
    const { keeps, learningRate } = this;
    const config = { rows, cols, pooling, quantization, optimizer, learningRate, initial, keeps };
    return { ...super.getConfig(), ...config };
  }

  protected override disposeWeights(): number {
    if (this.#held.keeps === "packed") this.#held.dispose();
    return super.disposeWeights();
  }

  #createAnchor(): LayerVariable {
    return this.addWeight(`${this.name}/anchor`, [], "float32", initializers.zeros(), undefined, true);
  }

  #showTable(): void {
    const named = this.#held.parts.map(
      (part) => new TableVariable({ ...part, name: `${this.name}/${part.name}` }),
    );
    this.nonTrainableWeights = [...this.nonTrainableWeights, ...named];
  }

  #learning(op: string): LearningTable {
    if (this.#held.keeps === "masters") return this.#held;
    const expected = 'a layer that keeps "masters"';
    throw new DqrmError("STATE", { op: `QuantizedEmbeddingBag.${op}`, expected, actual: "it keeps codes" });
  }
}

/**
 * Makes the layer known to TensorFlow.js, which finds classes by name when it loads a model.
 *
 * Importing does not do it: call this before `modelFromJSON` or `loadLayersModel`.
 */
export function registerQuantizedEmbeddingBag(): void {
  serialization.registerClass(QuantizedEmbeddingBag);
}

function allocatePacked({ cols, quantization, rows }: EmbeddingBagConfig): PackedRows {
  if (quantization.kind === "none") {
    const expected = 'quantization "fake"';
    throw new DqrmError("STATE", { op: "QuantizedEmbeddingBag", expected, actual: "a float table" });
  }
  const { bits, granularity } = quantization;
  return allocateRows({ bits, cols, scheme: "symmetric", granularity }, rows);
}
