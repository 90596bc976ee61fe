export {
  loadCheckpoint,
  loadLatestCheckpoint,
  saveCheckpoint,
  type CheckpointContent,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
  type SaveCheckpointOptions,
} from "./checkpoint.ts";
export {
  CHECKPOINTS,
  checkpointPath,
  listCheckpoints,
  type CheckpointEntry,
  type CheckpointState,
} from "./checkpoint-list.ts";
export { nodeDisk, type Disk, type DiskFile } from "./disk.ts";
export {
  inspectPath,
  type EmbeddingInspection,
  type MatrixInspection,
  type ModelInspection,
  type TableInspection,
} from "./inspect-model.ts";
export type { ModelBytes } from "./model-bytes.ts";
export type { ModelCard } from "./model-card.ts";
export {
  loadModelDirectory,
  MODEL_DIRECTORY,
  MODEL_FILES,
  saveModelDirectory,
  type LoadedModel,
  type LoadModelOptions,
  type ModelDirectoryContent,
  type ModelDocument,
} from "./model-directory.ts";
