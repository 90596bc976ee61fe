import {
  DqrmError,
  loadKernels,
  reference,
  type KernelPlugin,
  type LoadedKernels,
  type LoadOptions,
} from "@dqrm/core";

/** Imports a module by name; the command passes the real import, tests pass their own. */
export type ImportModule = (specifier: string) => Promise<unknown>;

/** Ends the reason of a plugin that could not be found. */
export const NOT_INSTALLED = "is not installed";

/** Plugins that `auto` tries, best first; the reference kernels always come last. */
const AUTO: readonly string[] = ["native", "wasm"];

/** Where plugins are that share a package, by their names. */
const SEVERAL: ReadonlyMap<string, string> = new Map([
  ...["tfjs-cpu", "tfjs-wasm", "tfjs-node", "tfjs-gpu"].map((name) => [name, "@dqrm/kernels-tfjs"] as const),
  ["tfjs-webgpu", "@dqrm/kernels-tfjs/webgpu"],
]);

/**
 * Loads the kernels that `--kernels a,b,…` names: `auto`, `reference`, a short name for @dqrm/kernels-NAME, the name of one
 * of several plugins of a package, as `tfjs-gpu`, or a package.
 *
 * A plugin that is not installed or cannot run here is skipped with its reason, which the caller prints.
 *
 * @throws CONFIG when the list names nothing
 */
export async function chooseKernels(
  list: string,
  importModule: ImportModule,
  options: LoadOptions,
): Promise<LoadedKernels> {
  const names = list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) {
    const expected = "auto, reference, a kernel plugin or a list of them";
    throw new DqrmError("CONFIG", {
      source: "command line",
      path: "--kernels",
      expected,
      actual: `"${list}"`,
    });
  }
  const wanted = names.flatMap((name) => (name === "auto" ? AUTO : [name]));
  const missing = new Map<string, string>();
  const plugins: KernelPlugin[] = [];
  for (const name of wanted) {
    if (name === "reference") break;
    const found = await importPlugin(name, importModule);
    if (typeof found === "string") missing.set(name, found);
    else plugins.push(found);
  }
  const loaded = await loadKernels(plugins, reference, options);
  return { kernels: loaded.kernels, skipped: new Map([...missing, ...loaded.skipped]) };
}

async function importPlugin(name: string, importModule: ImportModule): Promise<KernelPlugin | string> {
  const specifier = SEVERAL.get(name) ?? (/^[a-z0-9-]+$/.test(name) ? `@dqrm/kernels-${name}` : name);
  let module: unknown;
  try {
    module = await importModule(specifier);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND")
      return `${specifier} ${NOT_INSTALLED}`;
    return `${specifier} failed to load: ${error instanceof Error ? error.message : String(error)}`;
  }
  const exported = typeof module === "object" && module !== null ? Object.values(module) : [];
  const plugins = exported.filter(isKernelPlugin);
  if (plugins.length === 0) return `${specifier} exports no kernel plugin { name, abi, load }`;
  const plugin = plugins.length === 1 ? plugins[0] : plugins.find((one) => one.name === name);
  return (
    plugin ?? `${specifier} exports several plugins: name one of ${plugins.map((one) => one.name).join(", ")}`
  );
}

function isKernelPlugin(value: unknown): value is KernelPlugin {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    typeof value.name === "string" &&
    "abi" in value &&
    typeof value.abi === "number" &&
    "load" in value &&
    typeof value.load === "function"
  );
}
