import { engine, getBackend, tensor, tidy, type Tensor, type TensorContainer } from "@tensorflow/tfjs-core";

/** Counts the bytes that went to a backend of TensorFlow.js and came back. */
export interface Crossings {
  sentBytes: number;
  receivedBytes: number;
}

/** Runs computations on one backend of TensorFlow.js, whichever the program uses otherwise. */
export interface Runtime {
  /** The name under which TensorFlow.js knows the backend. */
  readonly backend: string;
  readonly crossed: Crossings;
  /** Runs on the backend, and disposes of every tensor that was made and is neither returned nor kept. */
  run<T extends TensorContainer>(compute: () => T): T;
  /** Copies numbers to the backend. */
  send(values: Float32Array | Int32Array, shape: readonly number[]): Tensor;
  /** Copies the numbers of a tensor to `to`, from element `at` on. */
  receive(from: Tensor, to: Float32Array, at: number): void;
}

/** Creates a runtime on a backend that has started. */
export function createRuntime(backend: string): Runtime {
  const crossed = { sentBytes: 0, receivedBytes: 0 };
  return {
    backend,
    crossed,
    run(compute) {
      const current = getBackend();
      if (current === backend) return tidy(compute);
      switchTo(backend);
      try {
        return tidy(compute);
      } finally {
        if (engine().backendNames().includes(current)) switchTo(current);
      }
    },
    send(values, shape) {
      crossed.sentBytes += values.byteLength;
      // The backend cpu would keep the array itself, and see what the caller writes to it later.
      return tensor(values.slice(), [...shape], values instanceof Int32Array ? "int32" : "float32");
    },
    receive(from, to, at) {
      const values = from.dataSync<"float32">();
      crossed.receivedBytes += values.byteLength;
      to.set(values, at);
    },
  };
}

/** The promise is settled work: nothing in it waits when a backend has started before. */
function switchTo(backend: string): void {
  void engine().setBackend(backend);
}
