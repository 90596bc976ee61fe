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

/**
 * Loads the kernels that `--kernels a,b,…` names: `auto`, `reference`, a short name for @dqrm/kernels-NAME, or a package.
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
    const specifier = /^[a-z0-9-]+$/.test(name) ? `@dqrm/kernels-${name}` : name;
    const found = await importPlugin(specifier, importModule);
    if (typeof found === "string") missing.set(name, found);
    else plugins.push(found);
  }
  const loaded = await loadKernels(plugins, reference, options);
  return { kernels: loaded.kernels, skipped: new Map([...missing, ...loaded.skipped]) };
}

async function importPlugin(specifier: string, importModule: ImportModule): Promise<KernelPlugin | string> {
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
  const plugin = exported.find(isKernelPlugin);
  return plugin ?? `${specifier} exports no kernel plugin { name, abi, load }`;
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
