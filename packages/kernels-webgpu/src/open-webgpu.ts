import type { DeviceOptions, NoDevice } from "./device/device-options.ts";
import type { WebgpuDevice } from "./webgpu-device.ts";
import { wrapDevice } from "./wrap-device.ts";

/**
 * Opens a device of WebGPU, or says why there is none; in Node.js it is one that the package `webgpu` finds.
 *
 * @cost an idle device costs nothing, a lookup one submission and the copy of its vectors
 *
 * ```ts
 * import { openWebgpu } from "@dqrm/kernels-webgpu";
 * const device = await openWebgpu();
 * if ("unavailable" in device) throw new Error(device.unavailable);
 * const table = await device.uploadTable(packed, { pooling: "sum" });
 * const vectors = await table.lookup(bags, AbortSignal.timeout(1000));
 * await table.dispose();
 * ```
 */
export function openWebgpu(options: DeviceOptions = {}): Promise<WebgpuDevice | NoDevice> {
  return wrapDevice(navigator.gpu, options);
}
