import type { OpRunner } from "./runtime/op-runner.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { TENSOR_OPS } from "./tensor-ops.ts";

/** Runs ops on a backend that gives its numbers at once. */
export function runOps(runtime: Runtime): OpRunner {
  return (op, spec, from, into) => {
    runtime.run(() => {
      const tensors = from.map(({ shape, values }) => runtime.send(values, shape));
      TENSOR_OPS[op](spec, tensors).forEach((result, k) => {
        runtime.receive(result, into[k], 0);
      });
    });
  };
}
