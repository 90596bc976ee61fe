import {
  KERNEL_ABI,
  type KernelBackend,
  type KernelPlugin,
  type LoadOptions,
  type Unavailable,
} from "@dqrm/core";
import type { TfjsOptions } from "./card.ts";

/** Imports a module by name; tests pass their own. */
export type ImportModule = (specifier: string) => Promise<unknown>;

const importInstalled: ImportModule = (specifier) => import(specifier);

const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["cpu", "@tensorflow/tfjs-backend-cpu"],
  ["wasm", "@tensorflow/tfjs-backend-wasm"],
  ["tensorflow", "@tensorflow/tfjs-node"],
]);

/** What an adopter has to know of a package beyond its name. */
const NOTES: ReadonlyMap<string, string> = new Map([
  [
    "@tensorflow/tfjs-node",
    "it downloads the TensorFlow library when it is installed, and runs on Node.js 22 or older",
  ],
  [
    "@tensorflow/tfjs-node-gpu",
    "it downloads the TensorFlow library for CUDA when it is installed, and runs on Linux and Windows with Node.js 22 or older",
  ],
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
    return { unavailable: `the backend ${backend} of TensorFlow.js ${reason}` };
  }
  const served =
    tables === undefined || tables === "variables" ? tables : await loadTables(name, tables, options);
  if (typeof served === "object" && "unavailable" in served) return served;
  const start = await attempt(() => import("./start.ts"), "@tensorflow/tfjs-core");
  if (typeof start === "string") return { unavailable: start };
  if (!start.isRegistered(backend)) {
    if (provider === undefined) {
      const expected = "import the package that registers it before the kernels are loaded";
      return { unavailable: `TensorFlow.js has no backend ${backend}: ${expected}` };
    }
    const imported = await attempt(() => importModule(provider), provider);
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

async function attempt<Module>(importIt: () => Promise<Module>, specifier: string): Promise<Module | string> {
  try {
    return await importIt();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    // A package that is there may lack one of its own.
    if (code.endsWith("MODULE_NOT_FOUND") && reason.includes(`'${specifier}'`)) {
      return `${specifier} is not installed: npm install ${specifier}${noteOn(specifier)}`;
    }
    return `${specifier} failed to load: ${reason}${noteOn(specifier)}`;
  }
}

function noteOn(specifier: string | undefined): string {
  const note = specifier === undefined ? undefined : NOTES.get(specifier);
  return note === undefined ? "" : `; ${note}`;
}
