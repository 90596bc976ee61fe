import type { Placement } from "../../kernel/ops.ts";
import type { FeatureSpec } from "../model-spec.ts";
import type { LayerTensors } from "../plan.ts";
import type { Feature, FeatureContext } from "./feature.ts";
import { createHashedFeature } from "./hashed-feature.ts";
import { createProjectedFeature } from "./projected-feature.ts";
import { createQuotientRemainderFeature } from "./quotient-remainder-feature.ts";
import { createRobeFeature } from "./robe-feature.ts";
import { createTableFeature } from "./table-feature.ts";
import { createTensorTrainFeature } from "./tensor-train-feature.ts";

/** Prepares a feature of any kind; `projection` belongs to a projected one. */
export function createFeature(
  context: FeatureContext,
  feature: FeatureSpec,
  placement: Placement,
  projection: LayerTensors | undefined,
): Feature {
  switch (feature.kind) {
    case "table":
      return createTableFeature(context, feature, placement);
    case "quotient-remainder":
      return createQuotientRemainderFeature(context, feature, placement);
    case "hashed":
      return createHashedFeature(context, feature, placement);
    case "robe":
      return createRobeFeature(context, feature, placement);
    case "tensor-train":
      return createTensorTrainFeature(context, feature, placement);
    case "projected": {
      const layer = projection ?? { weight: new Float32Array(0), bias: new Float32Array(0) };
      return createProjectedFeature(context, feature, placement, layer);
    }
  }
}
