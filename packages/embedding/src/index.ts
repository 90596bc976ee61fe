export { prepareBounds, type BoundsCheck, type BoundsPolicy, type BoundsWarning } from "./bounds.ts";
export {
  createCollection,
  type CollectionPlacement,
  type EmbeddingCollection,
  type Feature,
  type FeatureBags,
} from "./collection.ts";
export { floatTable, type TrainableTableOptions } from "./float-table.ts";
export { normalInit, uniformInit, type TableShape } from "./initial-values.ts";
export { packedTable, type PackedTable, type ServingOptions } from "./packed-table.ts";
export { qatTable, type QatTable, type QatTableOptions } from "./qat-table.ts";
export {
  createSparseOptimizer,
  type SparseOptimizer,
  type SparseOptimizerOptions,
} from "./sparse-optimizer.ts";
export type { DeviceTable, EmbeddingTable, TrainableTable } from "./table.ts";
export {
  createTrainableCollection,
  type TrainableCollection,
  type TrainableCollectionOptions,
} from "./trainable-collection.ts";
