import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { backend, env, setBackend, tensor, tidy, type Tensor } from "@tensorflow/tfjs-core";
import type { BridgeReply } from "@dqrm/device-bridge";
import type { TensorOpName } from "../runtime/op-runner.ts";
import { TENSOR_OPS } from "../tensor-ops.ts";
import type { OpMethods, OpRequest } from "./op-methods.ts";
import { withErrors } from "./with-errors.ts";

/** Starts the backend webgpu, on the adapter of `navigator.gpu`, and gives what a bridge calls. */
export async function openMethods(): Promise<{ readonly methods: OpMethods }> {
  // Small tensors would be computed by the backend cpu, in double.
  env().set("WEBGPU_CPU_FORWARD", false);
  if (!(await setBackend("webgpu"))) throw new Error("the backend webgpu of TensorFlow.js did not start");
  const started = backend();
  if (!(started instanceof WebGPUBackend)) throw new TypeError("the backend webgpu is another package's");
  return { methods: { run: (request) => withErrors(started.device, () => answer(request)) } };
}

async function answer<K extends TensorOpName>({ from, op, spec }: OpRequest<K>): Promise<BridgeReply> {
  const results = tidy(() => {
    const tensors = from.map(({ shape, values }) => tensor(values, [...shape]));
    return [...TENSOR_OPS[op](spec, tensors)];
  });
  try {
    return { arrays: await Promise.all(results.map((result: Tensor) => result.data<"float32">())) };
  } finally {
    for (const result of results) result.dispose();
  }
}
