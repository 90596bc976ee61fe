export { webgpuKernels } from "./card.ts";
export type { DeviceOptions, NoDevice } from "./device/device-options.ts";
export { openWebgpu } from "./open-webgpu.ts";
export type { FloatRows } from "./table/device-rows.ts";
export type { WebgpuTable } from "./table/webgpu-table.ts";
export type { WebgpuDevice } from "./webgpu-device.ts";
