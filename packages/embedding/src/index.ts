export { prepareBounds, type BoundsCheck, type BoundsPolicy, type BoundsWarning } from "./bounds.ts";
export {
  createCollection,
  type CollectionPlacement,
  type EmbeddingCollection,
  type Feature,
  type FeatureBags,
} from "./collection.ts";
export type { ComposedTable, ComposedTableOptions } from "./composed-table.ts";
export { floatTable, type TrainableTableOptions } from "./float-table.ts";
export { hashedTable, type HashedTableOptions } from "./hashed-table.ts";
export { mixedDimensionTable, type MixedDimensionOptions } from "./mixed-dimension-table.ts";
export { normalInit, uniformInit, type TableShape } from "./initial-values.ts";
export { packedTable, type PackedTable, type ServingOptions } from "./packed-table.ts";
export { quotientRemainderTable, type QuotientRemainderOptions } from "./quotient-remainder-table.ts";
export { robeTable, type RobeTableOptions } from "./robe-table.ts";
export { tensorTrainTable, type TensorTrainTableOptions } from "./tensor-train-table.ts";
export { qatTable, type QatTable, type QatTableOptions } from "./qat-table.ts";
export {
  createSparseOptimizer,
  type SparseOptimizer,
  type SparseOptimizerOptions,
} from "./sparse-optimizer.ts";
export { fillStoredRows } from "./fill-stored-rows.ts";
export { storedTable, type StoredTable, type StoredTableOptions } from "./stored-table.ts";
export type { DeviceTable, EmbeddingTable, MasterTable, TrainableTable } from "./table.ts";
export {
  createTrainableCollection,
  type TrainableCollection,
  type TrainableCollectionOptions,
} from "./trainable-collection.ts";
