import type { DeviceOptions, NoDevice } from "./device-options.ts";
import { createDevice, type Device } from "./device.ts";

/** Asked of the adapter beyond the defaults, as far as it has them. */
const LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"] as const;

/** Lets shaders compute in f16. */
const HALVES = "shader-f16";

/** Opens a device of this host, or says why there is none. */
export async function openDevice(
  gpu: GPU | undefined,
  options: DeviceOptions = {},
): Promise<Device | NoDevice> {
  if (gpu === undefined) return { unavailable: "this host has no WebGPU" };
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) return { unavailable: "WebGPU has no adapter here" };
  const { features, limits } = adapter;
  const halves = features.has(HALVES);
  const device = await adapter.requestDevice({
    requiredFeatures: halves ? [HALVES] : [],
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
  });
  const { architecture, description, vendor } = adapter.info;
  const name = [vendor, architecture, description].filter((part) => part !== "").join(" ");
  const dots = gpu.wgslLanguageFeatures.has("packed_4x8_integer_dot_product") && options.packedDots !== false;
  return createDevice(device, { name: name === "" ? "unnamed" : name, dots, halves }, options);
}
