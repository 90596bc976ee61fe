import {
  KERNEL_ABI,
  type KernelBackend,
  type KernelPlugin,
  type LoadOptions,
  type Unavailable,
} from "@dqrm/core";
import { attemptImport, noteOn } from "./attempt-import.ts";
import type { TfjsOptions } from "./card.ts";

/** Imports a module by name; tests pass their own. */
export type ImportModule = (specifier: string) => Promise<unknown>;

const importInstalled: ImportModule = (specifier) => import(specifier);

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["cpu", "@tensorflow/tfjs-backend-cpu"],
  ["wasm", "@tensorflow/tfjs-backend-wasm"],
  ["tensorflow", "@tensorflow/tfjs-node"],
]);

/** Backends whose numbers come back only later; one that bridges them has a name of its own. */
const LATE: ReadonlySet<string> = new Set(["webgpu"]);

/** Loads the kernels, or says why they cannot run here, and what to install. */
export async function load(
  { backend, name, provider = PROVIDERS.get(backend), tables }: TfjsOptions & { readonly name: string },
  options: LoadOptions,
  importModule: ImportModule = importInstalled,
): Promise<KernelBackend | Unavailable> {
  if (LATE.has(backend)) {
    const reason = "gives its numbers only later, and a kernel returns them before its call ends";
    const instead = "take tfjsWebgpuKernels of @dqrm/kernels-tfjs/webgpu, which waits for them";
    return { unavailable: `the backend ${backend} of TensorFlow.js ${reason}: ${instead}` };
  }
  const served =
    tables === undefined || tables === "variables" ? tables : await loadTables(name, tables, options);
  if (typeof served === "object" && "unavailable" in served) return served;
  const start = await attemptImport(() => import("./start.ts"), "@tensorflow/tfjs-core");
  if (typeof start === "string") return { unavailable: start };
  if (!start.isRegistered(backend)) {
    if (provider === undefined) {
      const expected = "import the package that registers it before the kernels are loaded";
      return { unavailable: `TensorFlow.js has no backend ${backend}: ${expected}` };
    }
    const imported = await attemptImport(() => importModule(provider), provider);
    if (typeof imported === "string") return { unavailable: imported };
  }
  const runtime = await start.startBackend(backend);
  if (typeof runtime === "string") return { unavailable: `${runtime}${noteOn(provider)}` };
  return start.createTfjsBackend(name, runtime, served);
}

async function loadTables(
  name: string,
  tables: KernelPlugin,
  options: LoadOptions,
): Promise<KernelBackend | Unavailable> {
  if (tables.abi !== KERNEL_ABI) {
    const versions = `built for kernel ABI ${tables.abi}, this core has ${KERNEL_ABI}`;
    return { unavailable: `${tables.name}, which serves the tables of ${name}: ${versions}` };
  }
  const loaded = await tables.load(options);
  if (!("unavailable" in loaded)) return loaded;
  return { unavailable: `${tables.name}, which serves the tables of ${name}: ${loaded.unavailable}` };
}
