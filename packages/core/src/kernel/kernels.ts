import { DqrmError } from "../errors.ts";
import { createArena, type Arena } from "../format/arena.ts";
import { KERNEL_ABI, type KernelBackend, type KernelPlugin, type LoadOptions } from "./backend.ts";
import type { OpFn, OpName, OpSpec } from "./ops.ts";

/** Says what one backend answered to a spec. */
export interface Choice {
  readonly backend: string;
  readonly verdict: "chosen" | "declined" | "not reached";
}

/** Chooses among backends in a fixed order; immutable. The first that accepts a spec serves it. */
export interface Kernels {
  readonly backends: readonly KernelBackend[];
  /** @throws UNSUPPORTED when every backend declines */
  prepare<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K>;
  /** Tells which backend would serve the spec, and who declined before it. */
  explain<K extends OpName>(op: K, spec: OpSpec<K>): readonly Choice[];
  /** Opens memory that the first backend with wishes of its own reads without copies; tables belong there. */
  createArena(segmentBytes: number): Arena;
}

/**
 * Makes an immutable choice among backends, in order of preference.
 *
 * Put the reference backend last: it serves every op.
 *
 * ```ts doctest
 * import { createKernels, reference } from "@dqrm/core";
 * const kernels = createKernels([reference]);
 * kernels.explain("packCodes", { bits: 4, cols: 16 }); // => [{ backend: "reference", verdict: "chosen" }]
 * ```
 */
export function createKernels(backends: readonly KernelBackend[]): Kernels {
  return {
    backends,
    prepare<K extends OpName>(op: K, spec: OpSpec<K>): OpFn<K> {
      for (const backend of backends) {
        const kernel = backend.ops[op]?.(spec);
        if (kernel !== undefined) return kernel;
      }
      throw new DqrmError("UNSUPPORTED", {
        op,
        spec: JSON.stringify(spec),
        tried: backends.map((backend) => backend.name),
      });
    },
    explain<K extends OpName>(op: K, spec: OpSpec<K>): readonly Choice[] {
      let chosen = false;
      return backends.map(({ name, ops }) => {
        if (chosen) return { backend: name, verdict: "not reached" };
        chosen = ops[op]?.(spec) !== undefined;
        return { backend: name, verdict: chosen ? "chosen" : "declined" };
      });
    },
    createArena(segmentBytes) {
      const own = backends.find((backend) => backend.createArena !== undefined)?.createArena;
      return (own ?? createArena)(segmentBytes);
    },
  };
}

/** Holds the kernels that loaded, and the plugins that did not. */
export interface LoadedKernels {
  readonly kernels: Kernels;
  /** Plugins that were left out, with the reason that each gave. */
  readonly skipped: ReadonlyMap<string, string>;
}

/**
 * Loads plugins in order of preference; one that cannot run is skipped with its reason, never silently.
 *
 * @shape the fallback backend goes last
 *
 * ```ts doctest
 * import { KERNEL_ABI, loadKernels, reference } from "@dqrm/core";
 * const gpu = { name: "gpu", abi: KERNEL_ABI, load: async () => ({ unavailable: "no device" }) };
 * const { kernels, skipped } = await loadKernels([gpu], reference);
 * [...skipped]; // => [["gpu", "no device"]]
 * kernels.backends.map(({ name }) => name); // => ["reference"]
 * ```
 */
export async function loadKernels(
  plugins: readonly KernelPlugin[],
  fallback: KernelBackend,
  options: LoadOptions = {},
): Promise<LoadedKernels> {
  const backends: KernelBackend[] = [];
  const skipped = new Map<string, string>();
  for (const plugin of plugins) {
    if (plugin.abi !== KERNEL_ABI) {
      skipped.set(plugin.name, `built for kernel ABI ${plugin.abi}, this core has ${KERNEL_ABI}`);
      continue;
    }
    const loaded = await plugin.load(options);
    if ("unavailable" in loaded) skipped.set(plugin.name, loaded.unavailable);
    else backends.push(loaded);
  }
  return { kernels: createKernels([...backends, fallback]), skipped };
}
