/**
 * Describes the device that WebGPU gives.
 *
 * @typedef {object} AdapterFacts
 * @property {string} vendor
 * @property {string} architecture
 * @property {string} device
 * @property {string} description
 * @property {boolean} software whether a processor plays the card
 * @property {Record<string, number>} limits
 */

/** Names of drivers that need no card. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe/i;

/** Dawn frees what it made when its entry point is collected. @type {any} */
let kept;

const LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"];

/**
 * Opens the adapter that the kernels will find.
 *
 * @returns {Promise<{ adapter: any, facts: AdapterFacts }>}
 * @throws {Error} when WebGPU has no adapter
 */
export async function openAdapter() {
  // By name, for the package is that of the kernels and not of the tools.
  const name = "webgpu";
  const { create } = await import(name);
  kept ??= create([]);
  const adapter = await kept.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new Error(
      "WebGPU has no adapter: is there a driver of Vulkan? VK_DRIVER_FILES=FILE.json names one",
    );
  const { architecture, description, device, isFallbackAdapter, vendor } = adapter.info;
  const software = isFallbackAdapter === true || SOFTWARE.test(`${architecture} ${device} ${description}`);
  const limits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  return { adapter, facts: { vendor, architecture, device, description, software, limits } };
}
