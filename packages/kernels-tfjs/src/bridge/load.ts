import {
  defineKernels,
  DqrmError,
  type KernelBackend,
  type KernelFactories,
  type Unavailable,
} from "@dqrm/core";
import { openBridge, type BridgeFailure, type BridgeWorker } from "@dqrm/device-bridge";
import { findRounding } from "../find-rounding.ts";
import type { OpRunner } from "../runtime/op-runner.ts";
import { OP_DECLINES, serveOps } from "../serve-ops.ts";
import type { OpMethods } from "./op-methods.ts";

/** The name of the plugin and its backend. */
const NAME = "tfjs-webgpu";

/** Compiling a shader and a batch on a software driver take seconds; a device that is silent this long is gone. */
const TIMEOUT_MS = 600_000;

const PLANS =
  "a plan reads many tensors in a step, each of which comes back only later: core composes models of the ops";

const SUBNORMAL =
  "takes no relu: its derivative is 1 at the smallest number, 2⁻¹⁴⁹, which comparisons on a device may take for 0";

/** Loads the kernels with a worker that was just started, or says why this host cannot run them. */
export async function load(worker: BridgeWorker): Promise<KernelBackend | Unavailable> {
  const bridge = await openBridge<OpMethods>(worker, {
    task: null,
    timeoutMs: TIMEOUT_MS,
    fail: deviceError,
  });
  if ("unavailable" in bridge) return bridge;
  const run: OpRunner = (op, spec, from, into) => {
    bridge.call("run", { op, spec, from }, into);
  };
  const obstacle = attempt(() => findRounding(run));
  if (obstacle !== undefined) {
    await bridge.close();
    return { unavailable: `the backend webgpu of TensorFlow.js ${obstacle}` };
  }
  const declines = { ...OP_DECLINES, activationBackward: SUBNORMAL, training: PLANS, inference: PLANS };
  const ops = serveOps(run);
  const activationBackward: KernelFactories["activationBackward"] = (spec) =>
    spec.activation === "relu" ? undefined : ops.activationBackward?.(spec);
  return defineKernels(NAME, { ...ops, activationBackward }, {}, { declines });
}

function attempt(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function deviceError({ message, name }: BridgeFailure): DqrmError<"DEVICE"> {
  return new DqrmError("DEVICE", { device: NAME, reason: `${name}: ${message}` });
}
