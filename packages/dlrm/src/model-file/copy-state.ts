import { DqrmError, type LayerState, type ModelState, type TableState } from "@dqrm/core";

/**
 * Copies a model's state into arrays that exist already, for instance those of a compiled plan; call `reload` after.
 *
 * @throws SHAPE when the two states belong to different specs; nothing is then copied
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, copyModelState, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const copy = allocateModelState(spec, createArena(1 << 16));
 * state.step = 9;
 * copyModelState(state, copy);
 * copy.step; // => 9
 * ```
 */
export function copyModelState(from: ModelState, to: ModelState): void {
  const pairs = [...pairsOf(from, to)];
  for (const [source, destination, what] of pairs) {
    if (source.length !== destination.length) {
      const [expected, actual] = [destination.length, source.length];
      throw new DqrmError("SHAPE", { op: "copyModelState", what, expected, actual });
    }
  }
  for (const [source, destination] of pairs) destination.set(source);
  to.step = from.step;
}

/** Two arrays of the same type, one from each state. */
type Pair = readonly [StateArray, StateArray, string];
type StateArray = Float32Array | Uint8Array | Int32Array;

function* pairsOf(from: ModelState, to: ModelState): Generator<Pair> {
  yield* pairUp("tables", from.tables, to.tables, tableArrays);
  yield* pairUp("bottom", from.bottom, to.bottom, layerArrays);
  yield* pairUp("top", from.top, to.top, layerArrays);
  yield* pairUp("projections", from.projections, to.projections, layerArrays);
  yield [from.activationRanges, to.activationRanges, "activationRanges"];
}

function* pairUp<T>(
  what: string,
  from: readonly T[],
  to: readonly T[],
  arrays: (part: T) => readonly StateArray[],
): Generator<Pair> {
  if (from.length !== to.length) {
    throw new DqrmError("SHAPE", { op: "copyModelState", what, expected: to.length, actual: from.length });
  }
  for (let i = 0; i < from.length; i++) {
    const destinations = arrays(to[i]);
    const sources = arrays(from[i]);
    for (let k = 0; k < sources.length; k++) yield [sources[k], destinations[k], `${what}[${i}]`];
  }
}

const tableArrays = (t: TableState): readonly StateArray[] => [
  t.weights,
  t.codes,
  t.optimizer,
  t.scale,
  t.touches,
  t.poolingWeights,
  t.poolingOptimizer,
];

const layerArrays = (l: LayerState): readonly StateArray[] => [
  l.weight,
  l.bias,
  l.weightOptimizer,
  l.biasOptimizer,
];
