import { defineKernels, reference } from "@dqrm/core";
import { kernelConformance, planConformance } from "@dqrm/core/conformance";

/**
 * Holds what the kits try: the specs of each op, and the models with what compiles them.
 *
 * @typedef {object} KitSubjects
 * @property {ReadonlyMap<string, readonly unknown[]>} specs
 * @property {ReadonlyMap<string, readonly unknown[]>} plans arguments of the plan's factory, by the label of its cases
 */

/**
 * Listens to the kits, which ask a backend for every spec and every model before they check it.
 *
 * @returns {KitSubjects}
 */
export function kitSubjects() {
  const specs = /** @type {Map<string, unknown[]>} */ (new Map());
  const listener = (/** @type {string} */ op) => (/** @type {unknown} */ spec) => {
    specs.set(op, [...(specs.get(op) ?? []), spec]);
    return undefined;
  };
  const ops = Object.fromEntries(Object.keys(reference.ops).map((op) => [op, listener(op)]));
  Array.from(kernelConformance(defineKernels("listener", ops)));

  const plans = /** @type {Map<string, readonly unknown[]>} */ (new Map());
  let asked = /** @type {readonly unknown[]} */ ([]);
  const listen = (/** @type {readonly unknown[]} */ ...parts) => {
    asked = parts;
    return undefined;
  };
  for (const { name } of planConformance(
    defineKernels("listener", {}, { training: listen, inference: listen }),
  )) {
    const label = name.slice(0, name.indexOf(": "));
    if (!plans.has(label)) plans.set(label, asked);
  }
  return { specs, plans };
}
