import { compileInference, type Kernels, type PackedModel } from "@dqrm/core";
import {
  evaluateModel,
  packModel,
  quantizeModel,
  rowwisePostTraining,
  vanillaPostTraining,
  type ByteReport,
  type DlrmConfig,
  type EpochRecord,
  type LayerPostTraining,
  type Metrics,
  type PostTrainingConfig,
  type QuantizationReport,
  type TrainingResult,
} from "@dqrm/dlrm";
import type { DatasetParts } from "@dqrm/data";

const vanilla = vanillaPostTraining(4);
const floatLayers: LayerPostTraining = { ...vanilla.mlp, bits: 32 };
const perTable = { ...vanilla.tables, granularity: "table" } as const;

/** Names a way in which a study quantizes an FP32 model after training. */
export type PostTrainingName =
  | "vanilla"
  | "per table"
  | "per table, percentile"
  | "per table, squared error"
  | "per row"
  | "per row, FBGEMM";

/** Lists the ways, all with tables of 4 bits; "vanilla" quantizes the layers too. */
export const POST_TRAINING: Readonly<Record<PostTrainingName, PostTrainingConfig>> = {
  vanilla,
  "per table": { tables: perTable, mlp: floatLayers },
  "per table, percentile": {
    tables: { ...perTable, search: { kind: "percentile", percent: 99.9 } },
    mlp: floatLayers,
  },
  "per table, squared error": {
    tables: { ...perTable, search: { kind: "squared-error", steps: 100 } },
    mlp: floatLayers,
  },
  "per row": { tables: { ...vanilla.tables, granularity: "row" }, mlp: floatLayers },
  // The greedy search over every row of long tables takes minutes, and gains nothing that an AUC shows.
  "per row, FBGEMM": {
    tables: { ...rowwisePostTraining(4).tables, search: { kind: "none" } },
    mlp: floatLayers,
  },
};

/** Tells whether a text names one of {@link POST_TRAINING}. */
export function isPostTrainingName(name: string): name is PostTrainingName {
  return Object.hasOwn(POST_TRAINING, name);
}

/** Holds what the quantized model came to. */
export interface PostTrained {
  readonly model: PackedModel;
  /** The selected evaluation, with the metrics of the quantized model in their place. */
  readonly record: EpochRecord | null;
  readonly test: Metrics | null;
  readonly bytes: ByteReport;
}

/** Quantizes the selected weights of an FP32 run, and measures them on validation and test. */
export function quantizeSelected(
  name: PostTrainingName,
  { selected, selectedRecord, spec }: TrainingResult,
  {
    config,
    kernels,
    parts,
  }: { readonly config: DlrmConfig; readonly kernels: Kernels; readonly parts: DatasetParts },
): PostTrained {
  const { model, report } = quantizeModel(packModel(spec, selected, kernels), POST_TRAINING[name], kernels);
  const batchSize = config.training.evaluationBatchSize;
  const plan = compileInference(model, kernels, { maxBatch: batchSize });
  const { roundTargets } = config.loss;
  const validation = evaluateModel(plan, parts.validation, { batchSize, roundTargets });
  const test = evaluateModel(plan, parts.test, { batchSize, roundTargets });
  const record = selectedRecord === null ? null : { ...selectedRecord, validation, test };
  return { model, record, test, bytes: bytesOf(report) };
}

/** A report counts codes and scales of a part together. */
function bytesOf({ bytesAfter, bytesBefore, parts }: QuantizationReport): ByteReport {
  const sum = (kind: "table" | "layer", bytes: "packedBytes" | "floatBytes"): number =>
    parts.reduce((total, part) => total + (part.kind === kind ? part[bytes] : 0), 0);
  const [embeddings, mlp] = [sum("table", "packedBytes"), sum("layer", "packedBytes")];
  return {
    tables: parts.flatMap(({ bits, cols, kind, name, packedBytes, rows }) =>
      kind === "table" ? [{ name, rows, cols, bits, bytes: packedBytes, scaleBytes: 0 }] : [],
    ),
    embeddings,
    mlp,
    scales: 0,
    headers: bytesAfter - embeddings - mlp,
    total: bytesAfter,
    float: bytesBefore,
  };
}
