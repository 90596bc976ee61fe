import type { DeviceOptions, NoDevice } from "./device/device-options.ts";
import { openDevice } from "./device/open-device.ts";
import { floatRows, packedRows } from "./table/device-rows.ts";
import { openTable } from "./table/open-table.ts";
import type { WebgpuDevice } from "./webgpu-device.ts";

/** Wraps the device that WebGPU has, or says why it has none. */
export async function wrapDevice(
  gpu: GPU | undefined,
  options: DeviceOptions,
): Promise<WebgpuDevice | NoDevice> {
  const device = await openDevice(gpu, options);
  if ("unavailable" in device) return device;
  return {
    name: device.name,
    usedBytes: () => device.memory.usedBytes,
    uploadTable: (rows, { pooling, signal }) =>
      openTable(device, "format" in rows ? packedRows(rows) : floatRows(rows), pooling, signal),
    destroy: device.destroy,
  };
}
