import type { ModelSpec } from "../../../src/index.ts";
import { withModel, withSpec, type PlanMutant } from "./plan-mutants.ts";

function inFloats({ activationQuantization: _, ...spec }: ModelSpec): ModelSpec {
  return spec;
}

function decayOnly({ regularization, ...spec }: ModelSpec): ModelSpec {
  if (regularization === undefined) return spec;
  return { ...spec, regularization: { ...regularization, dropout: { rate: 0, seed: 0 } } };
}

function dropoutOnly({ regularization, ...spec }: ModelSpec): ModelSpec {
  return regularization === undefined ? spec : { ...spec, regularization: { ...regularization, l2: 0 } };
}

function neverShrinking({ activationQuantization, ...spec }: ModelSpec): ModelSpec {
  if (activationQuantization === undefined) return spec;
  return { ...spec, activationQuantization: { ...activationQuantization, range: { kind: "running" } } };
}

/** Plans that overlook what lies between the layers of a model. */
export const layerMutants: readonly PlanMutant[] = [
  withSpec("drops nothing out", decayOnly),
  withSpec("decays no weight", dropoutOnly),
  withSpec("lets ranges of activations grow only", neverShrinking),
  withModel("serves activations in floats", ({ activationRanges: _, spec, ...model }) => ({
    ...model,
    spec: inFloats(spec),
  })),
];
