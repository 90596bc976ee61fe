import { allocateModelState, type Arena, type ModelSpec, type ModelState } from "@dqrm/core";

/**
 * Allocates a state that can hold a copy of a model's weights, without room for the optimizer's numbers.
 *
 * @cost 4 bytes for each weight, or the codes and scales of a stored table
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * import { allocateSnapshot, buildModelSpec, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.recommended, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { optimizer, weights } = allocateSnapshot(spec, createArena(1 << 16)).tables[0];
 * [weights.length, optimizer.length]; // => [1600, 0]
 * ```
 */
export function allocateSnapshot(spec: ModelSpec, arena: Arena): ModelState {
  return allocateModelState({ ...spec, optimizer: { kind: "sgd" } }, arena);
}

/**
 * Copies what inference reads from one state to another: weights or codes, scales, ranges of tables and of activations,
 * and the step; no optimizer numbers.
 *
 * @shape both states belong to the same spec, whatever the optimizer
 * @cost O(weights)
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { allocateSnapshot, buildModelSpec, copyWeights, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const snapshot = allocateSnapshot(spec, createArena(1 << 16));
 * state.tables[0].weights.fill(0.5);
 * copyWeights(state, snapshot);
 * snapshot.tables[0].weights[0]; // => 0.5
 * ```
 */
export function copyWeights(from: ModelState, to: ModelState): void {
  from.tables.forEach((table, t) => {
    const target = to.tables[t];
    target.weights.set(table.weights);
    target.codes.set(table.codes);
    target.scale.set(table.scale);
    target.touches.set(table.touches);
    target.poolingWeights.set(table.poolingWeights);
    target.range.tree.set(table.range.tree);
    target.range.dirty.set(table.range.dirty);
  });
  for (const part of ["bottom", "top", "projections"] as const) {
    from[part].forEach(({ bias, weight }, k) => {
      to[part][k].weight.set(weight);
      to[part][k].bias.set(bias);
    });
  }
  to.activationRanges.set(from.activationRanges);
  to.step = from.step;
}
