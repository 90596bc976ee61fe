import type { KernelBackend, Unavailable } from "@dqrm/core";
import { openBridge, type BridgeWorker } from "@dqrm/device-bridge";
import { createBackend } from "../backend.ts";
import type { DeviceOptions } from "../device/device-options.ts";
import type { DeviceMethods } from "./device-methods.ts";
import { createHost } from "./host.ts";
import { reviveError } from "./revive-error.ts";

/** Compiling a shader and a batch on a software driver take seconds; a device that is silent this long is gone. */
const TIMEOUT_MS = 600_000;

/** Loads the kernels with a worker that was just started, or says why this host cannot run them. */
export async function load(
  worker: BridgeWorker,
  options: DeviceOptions = {},
): Promise<KernelBackend | Unavailable> {
  const settings = { task: options, timeoutMs: TIMEOUT_MS, fail: reviveError };
  const bridge = await openBridge<DeviceMethods>(worker, settings);
  return "unavailable" in bridge ? bridge : createBackend(createHost(bridge));
}
