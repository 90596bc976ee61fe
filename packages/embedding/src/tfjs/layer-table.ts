import { decodeTableFile, DqrmError, encodeTableFile, tableFileBytes, type PackedRows } from "@dqrm/core";
import { keep, type Tensor } from "@tensorflow/tfjs-core";
import type { QatTable } from "../qat-table.ts";
import type { MasterTable } from "../table.ts";
import { firstWeights, openTable, type EmbeddingBagConfig } from "./layer-config.ts";
import { packedEmbeddingBag, packedTensors, type PackedTensors } from "./packed-bag.ts";
import { createTableLearner, type TableLearner } from "./table-learner.ts";
import type { TablePart } from "./table-variable.ts";

/** Holds float masters that learn, and what of them a file needs. */
export interface LearningTable {
  readonly keeps: "masters";
  readonly table: () => MasterTable;
  readonly learner: TableLearner;
  readonly parts: readonly TablePart[];
  pack(): PackedRows;
}

/** Holds a packed table that only serves. */
export interface ServedTable {
  readonly keeps: "packed";
  readonly packed: () => PackedRows;
  readonly parts: readonly TablePart[];
  lookup(indices: Tensor, weights: Tensor | undefined): Tensor;
  dispose(): void;
}

/** Opens the masters of a layer, with weights fresh from the seed; a rate of null leaves updates to the caller. */
export function openLearningTable(
  config: EmbeddingBagConfig,
  learningRate: () => number | null,
): LearningTable {
  let table = openTable(config, { weights: firstWeights(config) });
  const learner = createTableLearner(() => table);
  // A weight that is asked for is asked for between steps: what is pending belongs to it.
  const settled = (): MasterTable => {
    const rate = learningRate();
    if (rate !== null) learner.apply(rate);
    return table;
  };
  const { cols, rows } = config;
  const state = table.optimizerState;
  const parts: TablePart[] = [
    {
      name: "weights",
      shape: [rows, cols],
      dtype: "float32",
      read: () => settled().weights.slice(),
      write: (values) => {
        learner.clear();
        table.weights.set(values);
        table.reload();
      },
    },
  ];
  if (state.length > 0) parts.push(statePart(state, settled));
  if (config.quantization.kind === "fake") {
    parts.push({
      name: "progress",
      shape: [2],
      dtype: "float32",
      read: () => progressOf(settled()),
      write: ([step, scale]) => {
        const { optimizerState, weights } = table;
        // Before its first step a table has no scale to go on with.
        const resume = step > 0 ? { resume: { step, scale } } : {};
        table = openTable(config, { weights, optimizerState, ...resume });
      },
    });
  }
  return { keeps: "masters", table: settled, learner, parts, pack: () => asQat(settled()).pack() };
}

function statePart(state: Float32Array, settled: () => MasterTable): TablePart {
  return {
    name: "optimizer",
    shape: [state.length],
    dtype: "float32",
    read: () => settled().optimizerState.slice(),
    write: (values) => state.set(values),
  };
}

function progressOf(table: MasterTable): Float32Array {
  const { scale, step } = asQat(table);
  return Float32Array.of(step, scale);
}

function isQat(table: MasterTable): table is QatTable {
  return "pack" in table;
}

function asQat(table: MasterTable): QatTable {
  if (isQat(table)) return table;
  const expected = 'a layer with quantization "fake"';
  throw new DqrmError("STATE", { op: "QuantizedEmbeddingBag.pack", expected, actual: "its table is float" });
}

/** Serves packed rows; what is saved are the bytes of their table file, four in a word. */
export function openServedTable(config: EmbeddingBagConfig, first: PackedRows): ServedTable {
  let packed = first;
  let tensors: PackedTensors | undefined;
  const words = Math.ceil(tableFileBytes(packed.format, packed.rows) / 4);
  const dispose = (): void => {
    tensors?.codes.dispose();
    tensors?.scale.dispose();
    tensors = undefined;
  };
  const file: TablePart = {
    name: "table",
    shape: [words],
    dtype: "int32",
    read: () => {
      const padded = new Int32Array(words);
      new Uint8Array(padded.buffer).set(encodeTableFile(packed));
      return padded;
    },
    write: (values) => {
      const bytes = new Uint8Array(Int32Array.from(values).buffer);
      packed = decodeTableFile(
        "QuantizedEmbeddingBag",
        bytes.subarray(0, tableFileBytes(first.format, first.rows)),
      );
      dispose();
    },
  };
  return {
    keeps: "packed",
    packed: () => packed,
    parts: [file],
    dispose,
    lookup(indices, weights) {
      tensors ??= keepTensors(packed);
      const { pooling } = config;
      return packedEmbeddingBag(tensors, { indices, pooling, ...(weights === undefined ? {} : { weights }) });
    },
  };
}

/** The tensors outlive the tidy scope of the call that makes them. */
function keepTensors(packed: PackedRows): PackedTensors {
  const tensors = packedTensors(packed);
  keep(tensors.codes);
  keep(tensors.scale);
  return tensors;
}
