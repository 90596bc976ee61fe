import type { DeviceOptions, NoDevice } from "../device/device-options.ts";
import type { WebgpuDevice } from "../webgpu-device.ts";
import { wrapDevice } from "../wrap-device.ts";
import { findGpu } from "./find-gpu.ts";

/** Opens a device of WebGPU that the package `webgpu` finds, or says why there is none. */
export async function openWebgpu(options: DeviceOptions = {}): Promise<WebgpuDevice | NoDevice> {
  const gpu = await findGpu();
  return "unavailable" in gpu ? gpu : wrapDevice(gpu, options);
}
