import {
  ACTIVATION_RANGE,
  activationSites,
  createBlockRange,
  DqrmError,
  projectionLayers,
  rowStateLength,
  type LayerSpec,
  type LayerState,
  type ModelSpec,
  type ModelState,
  type OptimizerSpec,
  type TableSpec,
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
import { createTensorReader } from "./tensor-reader.ts";

/** Holds the two tensor files of a checkpoint. */
export interface StateFiles {
  /** Parameters in FP32, the masters that training changes. */
  readonly model: SafetensorsFile;
  /** Optimizer state, the scales of quantized tables and the ranges of quantized activations. */
  readonly optimizer: SafetensorsFile;
}

interface Leaf {
  readonly file: "model" | "optimizer";
  readonly name: string;
  readonly shape: readonly number[];
}

type Leaves<T> = { readonly [K in keyof T]: Leaf };
type TableLeaves = Leaves<Omit<TableState, "range">>;
type LayerLeaves = Leaves<LayerState>;

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

interface LeafArray {
  readonly leaf: Leaf;
  readonly tensor: Tensor;
}

function collectArrays(spec: ModelSpec, state: ModelState): readonly LeafArray[] {
  const arrays: LeafArray[] = [];
  const add = (leaf: Leaf, data: Float32Array): void => {
    const { name, shape } = leaf;
    const expected = shape.reduce((product, extent) => product * extent, 1);
    if (data.length !== expected) {
      throw new DqrmError("SHAPE", { op: "encodeModelState", what: name, expected, actual: data.length });
    }
    if (expected > 0) arrays.push({ leaf, tensor: { name, dtype: "F32", shape, data } });
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

/** Holds the bytes of the two tensor files of a checkpoint, and how errors name them. */
export interface StateBytes {
  readonly source: string;
  readonly model: Uint8Array;
  readonly optimizer: Uint8Array;
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
  const take = ({ file, name, shape }: Leaf): Float32Array =>
    shape.includes(0) ? new Float32Array(0) : readers[file].take({ name, dtype: "F32", shape });
  const state = assembleState(spec, step, take);
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
  const snapshot = assembleState(withoutOptimizer(spec), step, ({ name, shape }) =>
    shape.includes(0) ? new Float32Array(0) : reader.take({ name, dtype: "F32", shape }),
  );
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

function assembleState(spec: ModelSpec, step: number, take: (leaf: Leaf) => Float32Array): ModelState {
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
        optimizer: take(leaves.optimizer),
        scale: take(leaves.scale),
        range: createBlockRange(table.rows),
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

const TABLE_KEYS = ["weights", "optimizer", "scale", "poolingWeights", "poolingOptimizer"] as const;
const LAYER_KEYS = ["weight", "bias", "weightOptimizer", "biasOptimizer"] as const;

function tableLeaves(name: string, table: TableSpec, optimizer: OptimizerSpec): TableLeaves {
  const { cols, poolingWeights, rows } = table;
  const pooling = poolingWeights === "none" ? 0 : rows;
  const pooled = poolingWeights === "learned" && optimizer.kind !== "sgd" ? rows : 0;
  const optimizerLength = rowStateLength(optimizer, rows, cols);
  return {
    weights: { file: "model", name: `${name}.weights`, shape: [rows, cols] },
    poolingWeights: { file: "model", name: `${name}.pooling`, shape: [pooling] },
    scale: { file: "optimizer", name: `${name}.scale`, shape: [1] },
    optimizer: { file: "optimizer", name: `${name}.optimizer`, shape: [optimizerLength] },
    poolingOptimizer: { file: "optimizer", name: `${name}.pooling_optimizer`, shape: [pooled] },
  };
}

function layerLeaves(
  name: string,
  { inputs, outputs }: LayerSpec,
  optimizer: OptimizerSpec,
  biased: boolean,
): LayerLeaves {
  const kept = optimizer.kind === "sgd" ? 0 : 1;
  const biases = biased ? outputs : 0;
  return {
    weight: { file: "model", name: `${name}.weight`, shape: [outputs, inputs] },
    bias: { file: "model", name: `${name}.bias`, shape: [biases] },
    weightOptimizer: { file: "optimizer", name: `${name}.weight_optimizer`, shape: [kept * outputs, inputs] },
    biasOptimizer: { file: "optimizer", name: `${name}.bias_optimizer`, shape: [kept * biases] },
  };
}
