import { DqrmError } from "../errors.ts";
import { createRowGradient } from "../format/row-gradient.ts";
import type { OpFn } from "../kernel/ops.ts";
import type { ModelSpec } from "./model-spec.ts";
import type { LayerState, ModelState } from "./model-state.ts";
import type { LayerTensors, ModelGradients } from "./plan.ts";

/** Rows that a gradient has room for at first; it grows with the batches. */
const INITIAL_ROWS = 256;

/**
 * Allocates the gradients of a model; row gradients grow with the batches that come.
 *
 * ```ts doctest
 * import { allocateGradients, allocateModelState, createArena } from "@dqrm/core";
 * const spec = {
 *   denseFeatures: 1,
 *   tables: [{ name: "item", rows: 3, cols: 2, quantization: { kind: "none" }, poolingWeights: "none" }],
 *   features: [{ kind: "table", table: 0, pooling: "sum" }],
 *   bottom: [{ inputs: 1, outputs: 2, activation: "relu" }],
 *   interaction: { kind: "dot", itself: false },
 *   top: [{ inputs: 3, outputs: 1, activation: "none" }],
 *   linearQuantization: { kind: "none" },
 *   loss: { kind: "bce", threshold: 0, weights: [1, 1] },
 *   optimizer: { kind: "sgd" },
 * } as const;
 * const { tables, top } = allocateGradients(spec, allocateModelState(spec, createArena(1 << 12)));
 * [tables[0].count, top[0].weight.length]; // => [0, 3]
 * ```
 */
export function allocateGradients(spec: ModelSpec, state: ModelState): ModelGradients {
  const layer = ({ bias, weight }: LayerState): LayerTensors => ({
    weight: new Float32Array(weight.length),
    bias: new Float32Array(bias.length),
  });
  return {
    tables: spec.tables.map(({ cols }) => createRowGradient(cols, INITIAL_ROWS)),
    poolingWeights: spec.tables.map(({ poolingWeights }) =>
      createRowGradient(1, poolingWeights === "learned" ? INITIAL_ROWS : 0),
    ),
    bottom: state.bottom.map(layer),
    top: state.top.map(layer),
    projections: state.projections.map(layer),
  };
}

/**
 * Checks that forwardBackward has left gradients for apply.
 *
 * @throws STATE when it has not
 */
export function checkGradientsReady(ready: boolean): void {
  if (ready) return;
  const [expected, actual] = ["forwardBackward before it", "no gradient is there"];
  throw new DqrmError("STATE", { op: "apply", expected, actual });
}

/**
 * Checks every gradient before the first parameter changes.
 *
 * @throws NON_FINITE naming the parameter
 * @cost O(gradient)
 */
export function checkGradients(gradients: ModelGradients, absmax: OpFn<"absmax">): void {
  const check = (what: string, values: Float32Array, length: number): void => {
    if (Number.isFinite(absmax(values, 0, length))) return;
    const position = values.findIndex((value) => !Number.isFinite(value));
    throw new DqrmError("NON_FINITE", {
      what: `gradient of ${what}`,
      position,
      actual: String(values[position]),
    });
  };
  gradients.tables.forEach((g, t) => check(`tables[${t}]`, g.values, g.count * g.cols));
  gradients.poolingWeights.forEach((g, t) => check(`poolingWeights[${t}]`, g.values, g.count));
  const layers = (name: string, list: readonly LayerTensors[]): void => {
    list.forEach(({ bias, weight }, k) => {
      check(`${name}[${k}].weight`, weight, weight.length);
      check(`${name}[${k}].bias`, bias, bias.length);
    });
  };
  layers("bottom", gradients.bottom);
  layers("top", gradients.top);
  layers("projections", gradients.projections);
}
