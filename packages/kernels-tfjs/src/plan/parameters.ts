import {
  add,
  divNoNan,
  equal,
  keep,
  mean,
  mul,
  sqrt,
  square,
  sub,
  where,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { OptimizerSpec } from "@dqrm/core";
import type { Runtime } from "../runtime/runtime.ts";

/** Describes one dense parameter in the caller's arrays. @shape state f32[0 for sgd | as values | rows when rowwise] */
export interface Parameter {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  readonly state: Float32Array;
  /** One sum for each row damps its steps. */
  readonly rowwise: boolean;
}

/** Keeps dense parameters and the optimizer's state as tensors of a backend. */
export class Parameters {
  readonly #runtime: Runtime;
  readonly #optimizer: OptimizerSpec;
  readonly #list: readonly Parameter[];
  #values: readonly Tensor[] = [];
  #states: readonly Tensor[] = [];

  constructor(runtime: Runtime, optimizer: OptimizerSpec, list: readonly Parameter[]) {
    this.#runtime = runtime;
    this.#optimizer = optimizer;
    this.#list = list;
    this.upload();
  }

  /** Valid until the next update or upload. */
  get tensors(): readonly Tensor[] {
    return this.#values;
  }

  /** Reads the caller's arrays anew. */
  upload(): void {
    this.dispose();
    this.#runtime.run(() => {
      this.#values = this.#list.map(({ shape, values }) => keep(this.#runtime.send(values, shape)));
      const remembers = this.#optimizer.kind !== "sgd";
      const states = remembers ? this.#list : [];
      this.#states = states.map((one) => keep(this.#runtime.send(one.state, stateShape(one))));
    });
  }

  /** Makes the caller's arrays current. */
  download(): void {
    this.#runtime.run(() => {
      this.#list.forEach(({ state, values }, k) => {
        this.#runtime.receive(this.#values[k], values, 0);
        if (this.#optimizer.kind !== "sgd") this.#runtime.receive(this.#states[k], state, 0);
      });
    });
  }

  /**
   * Steps every parameter against its gradient.
   *
   * @units as updateDense, each operation rounded to f32
   */
  update(gradients: readonly Tensor[], learningRate: number): void {
    const optimizer = this.#optimizer;
    this.#runtime.run(() => {
      const states = this.#states.map((state, k) => {
        const squares = square(gradients[k]);
        return add(state, this.#list[k].rowwise ? mean(squares, 1, true) : squares);
      });
      const values = this.#values.map((value, k) => {
        const wanted = mul(gradients[k], learningRate);
        if (optimizer.kind === "sgd") return sub(value, wanted);
        const step = divNoNan(wanted, add(sqrt(states[k]), optimizer.epsilon));
        // Where nothing is to be stepped by, not even the rounding of a step counts.
        return where(equal(gradients[k], 0), value, sub(value, step));
      });
      this.#replace(values, states);
    });
  }

  dispose(): void {
    for (const tensor of [...this.#values, ...this.#states]) tensor.dispose();
    this.#values = [];
    this.#states = [];
  }

  #replace(values: readonly Tensor[], states: readonly Tensor[]): void {
    for (const tensor of [...values, ...states]) keep(tensor);
    this.dispose();
    this.#values = values;
    this.#states = states;
  }
}

function stateShape({ rowwise, shape }: Parameter): readonly number[] {
  return rowwise ? [shape[0], 1] : shape;
}
