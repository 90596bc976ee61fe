import { compileInference, compileTraining, createKernels, isDqrmError, reference } from "@dqrm/core";
import { instructionSets } from "../../packages/kernels-native/scripts/instruction-sets.mjs";
import { listEntries, listPackages } from "../workspace/packages.mjs";

/** @import { KernelBackend, KernelPlugin, PlanFactories } from "@dqrm/core" */

/**
 * Holds the backends of what a program imports, which serve the same, or why some are not to be had here.
 *
 * @typedef {{ specifier: string, about: string, variants: readonly Pick<KernelBackend, "ops" | "plans" | "declines">[], unavailable?: string }} Listed
 */

/**
 * Loads every kernel plugin of the workspace, once for each instruction set that this machine has; those of one import
 * stand together.
 *
 * @returns {Promise<Listed[]>} the reference first
 */
export async function listBackends() {
  const entries = listPackages()
    .filter(({ folder }) => folder.startsWith("kernels-"))
    .flatMap((item) => listEntries(item));
  const listed = [describeReference()];
  for (const { specifier } of entries) {
    const exported = Object.entries(await import(specifier));
    const loaded = [];
    for (const [name, value] of exported)
      if (isPlugin(value)) loaded.push(await loadAll(specifier, name, value));
    if (loaded.length > 0) listed.push(join(loaded));
  }
  return listed;
}

/**
 * @param {readonly Listed[]} plugins of one import
 * @returns {Listed}
 */
function join(plugins) {
  if (plugins.length === 1) return plugins[0];
  const missing = plugins.flatMap(({ about, unavailable }) =>
    unavailable === undefined ? [] : [`${about}: ${unavailable}`],
  );
  return {
    specifier: plugins[0].specifier,
    about: `${plugins.map(({ about }) => about).join(", ")}, which serve the same`,
    variants: plugins.flatMap(({ variants }) => variants),
    ...(missing.length > 0 && { unavailable: missing.join("; ") }),
  };
}

/** @returns {Listed} */
function describeReference() {
  const kernels = createKernels([reference]);
  /** @type {PlanFactories} */
  const plans = {
    training: (spec, state, options) =>
      unlessUnsupported(() => compileTraining(spec, state, kernels, options)),
    inference: (model, options) => unlessUnsupported(() => compileInference(model, kernels, options)),
  };
  const declines = {
    training: "multiplies floats alone: what the kernels of single ops multiply",
    inference: "multiplies floats, or the codes of weights and activations that were trained as integers",
  };
  return {
    specifier: "@dqrm/core",
    about: "`reference`, and plans composed of kernels of single ops",
    variants: [{ ops: reference.ops, plans, declines }],
  };
}

/**
 * @template Plan
 * @param {() => Plan} compile
 */
function unlessUnsupported(compile) {
  try {
    return compile();
  } catch (error) {
    if (isDqrmError(error, "UNSUPPORTED") || isDqrmError(error, "VALUE")) return undefined;
    throw error;
  }
}

/**
 * @param {string} specifier
 * @param {string} name
 * @param {KernelPlugin} plugin
 * @returns {Promise<Listed>}
 */
async function loadAll(specifier, name, plugin) {
  const first = await plugin.load({ threads: 1 });
  const about = `\`${name}\``;
  if ("unavailable" in first) return { specifier, about, variants: [], unavailable: first.unavailable };
  const variants = [first];
  const narrower = plugin.name === "native" ? instructionSets("x86_64") : [];
  for (const { name: isa } of narrower) {
    const options = { threads: 1, isa };
    const loaded = await plugin.load(options);
    if (!("unavailable" in loaded)) variants.push(loaded);
  }
  return { specifier, about, variants };
}

/**
 * @param {unknown} value
 * @returns {value is KernelPlugin}
 */
function isPlugin(value) {
  return typeof value === "object" && value !== null && "abi" in value && "load" in value;
}
