export type * from "./dataset.ts";
export { createBatchBuffer, MAX_BATCH, reserveIndices } from "./batch-buffer.ts";
export { batchCount, batches } from "./batches.ts";
export { decodeCodes, encodeCodes } from "./code-text.ts";
export { countRows, type RowCounts } from "./count-rows.ts";
export { criteoRowsSource, MAX_FILES } from "./criteo-source.ts";
export { csvRowsSource } from "./csv-source.ts";
export { parseDataUrl, type SyntheticData } from "./data-url.ts";
export { datasetView, sliceDataset } from "./dataset-view.ts";
export type { DenseOptions } from "./dense-fit.ts";
export { encode, type EncodeOptions } from "./encode.ts";
export type { CategoryOptions } from "./feature-fit.ts";
export { DLRM_FIT, fitPreprocessing, RECOMMENDED_FIT, type FitOptions } from "./fit.ts";
export { hashCode, hashText, hashToRow } from "./hashing.ts";
export { inferSchema, type InferOptions } from "./infer-schema.ts";
export { memoryDataset, type MemoryColumn, type MemoryDatasetParts } from "./memory-dataset.ts";
export { createPermutation, type Permutation } from "./permutation.ts";
export { PLANTED_DEFAULTS, plantedDataset, type PlantedDataset, type PlantedOptions } from "./planted.ts";
export { prepareDataset, type PreparedDataset, type PrepareOptions } from "./prepare-dataset.ts";
export {
  denseNames,
  featureRows,
  parsePreprocessing,
  type DenseEncoding,
  type FeatureEncoding,
  type Preprocessing,
  type VocabularyValues,
} from "./preprocessing.ts";
export {
  randomDataset,
  type IndexDistribution,
  type RandomDatasetOptions,
  type RandomFeature,
} from "./random-dataset.ts";
export {
  columnNames,
  CRITEO_SCHEMA,
  parseSchema,
  type ColumnKind,
  type ColumnSchema,
  type DatasetSchema,
  type FileFormat,
} from "./schema.ts";
export { dropNegatives, inSections, type DropNegatives } from "./source-selection.ts";
export {
  MAX_LINE_BYTES,
  type ByteInput,
  type CategoryValues,
  type DataSource,
  type PassOptions,
  type ReadOptions,
  type RowChunk,
  type SkipReport,
} from "./source.ts";
export { equalDays, splitDataset, trainingSamples } from "./split.ts";
export { prepareZipf } from "./zipf.ts";
