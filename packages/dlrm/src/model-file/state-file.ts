import {
  ACTIVATION_RANGE,
  activationSites,
  createBlockRange,
  DqrmError,
  projectionLayers,
  rangeRows,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type TableState,
} from "@dqrm/core";
import { decodeSafetensors } from "../safetensors/decode.ts";
import { encodeSafetensors, type SafetensorsFile } from "../safetensors/encode.ts";
import type { Tensor } from "../safetensors/dtype.ts";
import {
  MASTERS_FORMAT,
  modelMetadata,
  OPTIMIZER_FORMAT,
  readModelMetadata,
  SNAPSHOT_FORMAT,
} from "./metadata.ts";
import { ACTIVATIONS } from "./parts.ts";
import { LAYER_KEYS, layerLeaves, TABLE_KEYS, tableLeaves, type Leaf } from "./state-leaves.ts";
import { createTensorReader, type TensorReader } from "./tensor-reader.ts";

/** Holds the two tensor files of a checkpoint. */
export interface StateFiles {
  /** Parameters that training changes: masters in FP32, or the codes and scales of tables that have no masters. */
  readonly model: SafetensorsFile;
  /** Optimizer state, the scales of quantized masters and the ranges of quantized activations. */
  readonly optimizer: SafetensorsFile;
}

/**
 * Encodes everything that training changes, except the step, as two safetensors files of views.
 *
 * @throws SHAPE when the state does not fit the spec
 * @source docs/spec/model-directory.md
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, encodeModelState, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * encodeModelState(spec, state).optimizer.layout.tensors.map(({ name }) => name); // => ["tables.0.scale"]
 * ```
 */
export function encodeModelState(spec: ModelSpec, state: ModelState): StateFiles {
  const arrays = collectArrays(spec, state);
  const tensorsOf = (file: Leaf["file"]): readonly Tensor[] =>
    arrays.filter(({ leaf }) => leaf.file === file).map(({ tensor }) => tensor);
  return {
    model: encodeSafetensors(tensorsOf("model"), modelMetadata(MASTERS_FORMAT, spec)),
    optimizer: encodeSafetensors(tensorsOf("optimizer"), modelMetadata(OPTIMIZER_FORMAT, spec)),
  };
}

/**
 * Encodes what inference reads of a state, weights and scales but no optimizer numbers, as one safetensors file of views.
 *
 * @shape snapshot: as allocateSnapshot makes it
 * @throws SHAPE when the snapshot does not fit the spec
 * @source docs/spec/model-directory.md
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * import { allocateSnapshot, buildModelSpec, encodeSnapshot, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const snapshot = allocateSnapshot(spec, createArena(1 << 16));
 * encodeSnapshot(spec, snapshot).layout.tensors[0].name; // => "tables.0.weights"
 * ```
 */
export function encodeSnapshot(spec: ModelSpec, snapshot: ModelState): SafetensorsFile {
  const arrays = collectArrays(withoutOptimizer(spec), snapshot);
  return encodeSafetensors(
    arrays.map(({ tensor }) => tensor),
    modelMetadata(SNAPSHOT_FORMAT, spec),
  );
}

function withoutOptimizer(spec: ModelSpec): ModelSpec {
  return { ...spec, optimizer: { kind: "sgd" } };
}

type StateArray = Float32Array | Uint8Array | Int32Array;

interface LeafArray {
  readonly leaf: Leaf;
  readonly tensor: Tensor;
}

function collectArrays(spec: ModelSpec, state: ModelState): readonly LeafArray[] {
  const arrays: LeafArray[] = [];
  const add = (leaf: Leaf, data: StateArray): void => {
    const { name, shape } = leaf;
    const expected = shape.reduce((product, extent) => product * extent, 1);
    if (data.length !== expected) {
      throw new DqrmError("SHAPE", { op: "encodeModelState", what: name, expected, actual: data.length });
    }
    if (expected > 0) arrays.push({ leaf, tensor: tensorOf(leaf, data) });
  };
  const addLayers = (stack: string, specs: readonly LayerSpec[], states: readonly LayerState[]): void => {
    specs.forEach((layer, k) => {
      const leaves = layerLeaves(`${stack}.${k}`, layer, spec.optimizer, stack !== "projections");
      for (const key of LAYER_KEYS) add(leaves[key], states[k][key]);
    });
  };
  spec.tables.forEach((table, t) => {
    const leaves = tableLeaves(`tables.${t}`, table, spec.optimizer);
    for (const key of TABLE_KEYS) add(leaves[key], state.tables[t][key]);
  });
  addLayers("bottom", spec.bottom, state.bottom);
  addLayers("top", spec.top, state.top);
  addLayers("projections", projectionLayers(spec), state.projections);
  add(activationLeaf(spec), state.activationRanges);
  return arrays;
}

function tensorOf({ name, shape }: Leaf, data: StateArray): Tensor {
  if (data instanceof Float32Array) return { name, dtype: "F32", shape, data };
  if (data instanceof Int32Array) return { name, dtype: "I32", shape, data };
  return { name, dtype: "U8", shape, data };
}

/** Holds the bytes of the two tensor files of a checkpoint, and how errors name them. */
export interface StateBytes {
  readonly source: string;
  readonly model: Uint8Array;
  readonly optimizer: Uint8Array;
}

/** A scale that is no number would make every weight of its row one, with no master to mend it. */
function checkStoredScales(source: string, { tables }: ModelSpec, state: ModelState): void {
  tables.forEach(({ name, quantization }, t) => {
    if (quantization.kind !== "stored") return;
    const { scale } = state.tables[t];
    const row = scale.findIndex((value) => !(Number.isFinite(value) && value >= 0));
    if (row < 0) return;
    throw new DqrmError("FORMAT", {
      source: `${source} scales of table ${name}`,
      offset: 4 * row,
      expected: "finite scales >= 0",
      actual: String(scale[row]),
    });
  });
}

/** Holds a model's state as read, and the spec that both files agree on. */
export interface DecodedState {
  readonly spec: ModelSpec;
  readonly state: ModelState;
}

/**
 * Reads a state in place: its arrays are views of the files' bytes, so training changes those bytes.
 *
 * The ranges are empty: compiling a plan, or its `reload`, fills them.
 *
 * @throws FORMAT when a file is malformed, of another version, lacks a tensor or belongs to another model
 * @cost O(header), and 8 bytes for each block of rows
 *
 * ```ts doctest
 * import { allocateModelState, createArena } from "@dqrm/core";
 * import { buildModelSpec, decodeModelState, encodeModelState, joinBytes, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const state = allocateModelState(spec, createArena(1 << 16));
 * const files = encodeModelState(spec, state);
 * const bytes = { model: joinBytes(files.model.parts), optimizer: joinBytes(files.optimizer.parts) };
 * decodeModelState({ source: "step-7", ...bytes }, 7).state.step; // => 7
 * ```
 */
export function decodeModelState(bytes: StateBytes, step: number): DecodedState {
  const modelSource = `${bytes.source}/model.safetensors`;
  const optimizerSource = `${bytes.source}/optimizer.safetensors`;
  const model = decodeSafetensors(modelSource, bytes.model);
  const optimizer = decodeSafetensors(optimizerSource, bytes.optimizer);
  const spec = readModelMetadata(modelSource, MASTERS_FORMAT, model.metadata);
  const other = readModelMetadata(optimizerSource, OPTIMIZER_FORMAT, optimizer.metadata);
  expectSameSpec(optimizerSource, other, spec);
  const readers = {
    model: createTensorReader(modelSource, model),
    optimizer: createTensorReader(optimizerSource, optimizer),
  };
  const state = assembleState(spec, step, ({ file }) => readers[file]);
  checkStoredScales(modelSource, spec, state);
  readers.model.finish();
  readers.optimizer.finish();
  return { spec, state };
}

/**
 * Reads a snapshot in place: its arrays are views of the file's bytes.
 *
 * @throws FORMAT when the file is malformed, of another version, lacks a tensor or belongs to another model than `spec`
 * @cost O(header), and 8 bytes for each block of rows
 *
 * ```ts doctest
 * import { createArena } from "@dqrm/core";
 * import { allocateSnapshot, buildModelSpec, decodeSnapshot, encodeSnapshot, joinBytes, presets } from "@dqrm/dlrm";
 * const spec = buildModelSpec(presets.demo, { denseFeatures: 4, features: [{ name: "ad", rows: 100 }] });
 * const { parts } = encodeSnapshot(spec, allocateSnapshot(spec, createArena(1 << 16)));
 * decodeSnapshot("best.safetensors", joinBytes(parts), spec, 5).tables[0].weights.length; // => 1600
 * ```
 */
export function decodeSnapshot(source: string, bytes: Uint8Array, spec: ModelSpec, step: number): ModelState {
  const file = decodeSafetensors(source, bytes);
  expectSameSpec(source, readModelMetadata(source, SNAPSHOT_FORMAT, file.metadata), spec);
  const reader = createTensorReader(source, file);
  const snapshot = assembleState(withoutOptimizer(spec), step, () => reader);
  checkStoredScales(source, spec, snapshot);
  reader.finish();
  return snapshot;
}

function expectSameSpec(source: string, actual: ModelSpec, expected: ModelSpec): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return;
  throw new DqrmError("FORMAT", {
    source,
    offset: 0,
    expected: "the description that model.safetensors has",
    actual: "another model",
  });
}

function assembleState(spec: ModelSpec, step: number, readerOf: (leaf: Leaf) => TensorReader): ModelState {
  const take = (leaf: Leaf): Float32Array => {
    const { name, shape } = leaf;
    return shape.includes(0) ? new Float32Array(0) : readerOf(leaf).take({ name, dtype: "F32", shape });
  };
  const takeCodes = (leaf: Leaf): Uint8Array => {
    const { name, shape } = leaf;
    return shape.includes(0) ? new Uint8Array(0) : readerOf(leaf).take({ name, dtype: "U8", shape });
  };
  const takeCounts = (leaf: Leaf): Int32Array => {
    const { name, shape } = leaf;
    return shape.includes(0) ? new Int32Array(0) : readerOf(leaf).take({ name, dtype: "I32", shape });
  };
  const layers = (stack: string, specs: readonly LayerSpec[]): readonly LayerState[] =>
    specs.map((layer, k) => {
      const leaves = layerLeaves(`${stack}.${k}`, layer, spec.optimizer, stack !== "projections");
      return {
        weight: take(leaves.weight),
        bias: take(leaves.bias),
        weightOptimizer: take(leaves.weightOptimizer),
        biasOptimizer: take(leaves.biasOptimizer),
      };
    });
  return {
    tables: spec.tables.map((table, t): TableState => {
      const leaves = tableLeaves(`tables.${t}`, table, spec.optimizer);
      return {
        weights: take(leaves.weights),
        codes: takeCodes(leaves.codes),
        optimizer: take(leaves.optimizer),
        scale: take(leaves.scale),
        touches: takeCounts(leaves.touches),
        range: createBlockRange(rangeRows(table)),
        poolingWeights: take(leaves.poolingWeights),
        poolingOptimizer: take(leaves.poolingOptimizer),
      };
    }),
    bottom: layers("bottom", spec.bottom),
    top: layers("top", spec.top),
    projections: layers("projections", projectionLayers(spec)),
    activationRanges: take(activationLeaf(spec)),
    step,
  };
}

function activationLeaf(spec: ModelSpec): Leaf {
  return { file: "optimizer", name: ACTIVATIONS, shape: [activationSites(spec).length, ACTIVATION_RANGE] };
}
