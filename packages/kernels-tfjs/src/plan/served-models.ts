import { isPlainModel, type ModelSpec, type PlanOptions } from "@dqrm/core";

/** Says what the plans take; tables and features are core's, and of any kind. */
export const SERVED_MODELS =
  "takes products of floats, no quantized activations or interactions, and layers of 2 bits or more";

/** Says what the plan takes whose tables are variables of the backend. */
export const VARIABLE_MODELS =
  "takes products of floats, layers of 2 bits or more, tables of floats or of fake quantization by rows, one bag for each feature; no pooling weights, quantized activations, L2";

/**
 * Tells whether the layers of a model are of the kinds that these plans know.
 *
 * Core runs the tables, so that only what stands beside them has to be known.
 */
export function servesModel({ regularization, ...spec }: ModelSpec, { products }: PlanOptions): boolean {
  const { linearQuantization } = spec;
  return (
    (products === undefined || products === "float32") &&
    isPlainModel({ ...spec, tables: [], features: [] }) &&
    onlyKeys(regularization, ["l2", "dropout"]) &&
    !(linearQuantization.kind === "fake" && linearQuantization.bits === 1)
  );
}

function onlyKeys(value: object | undefined, known: readonly string[]): boolean {
  return Object.keys(value ?? {}).every((key) => known.includes(key));
}
