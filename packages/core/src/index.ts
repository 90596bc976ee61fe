export { DqrmError, isDqrmError, type ErrorCode, type ErrorDetails } from "./errors.ts";
export { ALIGNMENT_BYTES, createArena, SEGMENT_BYTES, type Arena } from "./format/arena.ts";
export type { Batch } from "./format/batch.ts";
export {
  BLOCK_ROWS,
  createBlockRange,
  peakBlock,
  setBlockPeak,
  type BlockRange,
} from "./format/block-range.ts";
export { bagCount, checkJagged, jaggedFrom, type Jagged } from "./format/jagged.ts";
export { deadZoneLevels, isDeadZone, isDeadZoneWidth, isLevel } from "./format/dead-zone.ts";
export { crc32 } from "./format/crc32.ts";
export { checkPackedRows } from "./format/packed-rows.ts";
export {
  checkTableBody,
  checkTableNumbers,
  decodeTableFile,
  encodeTableFile,
  tableFileParts,
} from "./format/table-file.ts";
export {
  decodeTableHeader,
  encodeTableHeader,
  TABLE_FILE_VERSION,
  type TableHeader,
} from "./format/table-header.ts";
export { TABLE_HEADER_BYTES, tableFileBytes, tableLayout, type TableLayout } from "./format/table-layout.ts";
export { createRowGradient, reserveRowGradient, type RowGradient } from "./format/row-gradient.ts";
export {
  allocateRows,
  BIT_WIDTHS,
  checkRowFormat,
  hasBias,
  MAX_COLS,
  MAX_ROWS,
  rowBytes,
  scaleCount,
  SCHEMES,
  type BitWidth,
  type PackedRows,
  type RowFormat,
  type ScaleGranularity,
  type Scheme,
} from "./format/row-format.ts";
export {
  checkScaleGroups,
  MAX_EXPANSION,
  maxEncodedBytes,
  scaleGroupsNumber,
  VALUE_CODING_NUMBERS,
  valueLayout,
  type ScaleGroups,
  type ValueCodingName,
  type ValueFormat,
  type ValueLayout,
} from "./format/value-format.ts";
export { mixingHash, placeOf } from "./mapping/mixing-hash.ts";
export { referenceHash } from "./mapping/reference-hash.ts";
export { createRobeMapping, type RobeMapping, type RobeSpec } from "./mapping/robe-mapping.ts";
export { createRowHash, type RowHashSpec } from "./mapping/row-hash.ts";
export {
  coreDeviation,
  coreIndices,
  prepareTensorTrain,
  type CoreArrays,
  type TensorTrain,
} from "./mapping/tensor-train.ts";
export {
  coreCols,
  tensorTrainShape,
  type CoreNumbers,
  type TensorTrainShape,
} from "./mapping/tensor-train-shape.ts";
export { MAX_JSON_CHARS, parseJson } from "./json.ts";
export {
  defineKernels,
  KERNEL_ABI,
  type BackendExtras,
  type BackendMachine,
  type KernelBackend,
  type KernelFactories,
  type KernelPlugin,
  type LoadOptions,
  type Unavailable,
} from "./kernel/backend.ts";
export {
  createKernels,
  loadKernels,
  type Choice,
  type Kernels,
  type LoadedKernels,
} from "./kernel/kernels.ts";
export type {
  Activation,
  BagSpec,
  EncodeValuesSpec,
  FakeQuantBagSpec,
  InteractionSpec,
  KernelOps,
  LinearSpec,
  LossSpec,
  Op,
  OpFn,
  OpName,
  OpSpec,
  OptimizerSpec,
  PackedBagSpec,
  Placement,
  Pooling,
  QuantizeSpec,
  Rounding,
  UpdateRowsSpec,
} from "./kernel/ops.ts";
export type {
  ActivationQuantization,
  DeadZoneThreshold,
  FeatureSpec,
  HashedFeatureSpec,
  LayerSpec,
  LearnedStep,
  LinearQuantization,
  ModelInteraction,
  ModelSpec,
  RangeRule,
  Regularization,
  RobeFeatureSpec,
  ScaleRefresh,
  StoredQuantization,
  StoredRounding,
  StoredStep,
  TableQuantization,
  TableSpec,
  TensorTrainFeatureSpec,
} from "./plan/model-spec.ts";
export {
  allocateModelState,
  projectionLayers,
  vectorCols,
  type LayerState,
  type ModelState,
} from "./plan/model-state.ts";
export type {
  GradientGroup,
  GradientListener,
  InferencePlan,
  InferencePlanFactory,
  LayerTensors,
  ModelGradients,
  PackedLayer,
  PackedModel,
  PlanFactories,
  PlanOptions,
  ProductPrecision,
  SparseGradients,
  TrainingPlan,
  TrainingPlanFactory,
} from "./plan/plan.ts";
export {
  ACTIVATION_RANGE,
  activationSites,
  type ActivationSite,
} from "./plan/activation/activation-sites.ts";
export { fixedPoint, multiplyFixedPoint, type FixedPoint } from "./plan/integer/fixed-point.ts";
export { MAX_ACTIVATION_BITS, MIN_ACTIVATION_BITS } from "./plan/check-layers.ts";
export { activationCodes, type ActivationCodes } from "./plan/activation/activation-codes.ts";
export { storedRowFormat, storedRows } from "./plan/quantizer/stored-format.ts";
export { storeRows } from "./plan/quantizer/stored-rows.ts";
export {
  createStoredUpdate,
  type StoredTableParts,
  type StoredUpdate,
} from "./plan/quantizer/stored-update.ts";
export { scaleRefreshDue } from "./plan/scale-refresh.ts";
export { createRandom, uniformAt, type Random } from "./random/random.ts";
export { threefry2x32, type RandomKey } from "./random/threefry.ts";
export { MIN_PEAK, symmetricScale } from "./format/symmetric-scale.ts";
export { featureTables } from "./plan/check-features.ts";
export { checkModelSpec, interactionWidth, MAX_LAYERS, MAX_TABLES } from "./plan/check-model.ts";
export { compileInference, compileTraining } from "./plan/compile.ts";
export { createDropouts, type Dropout, type TrainingPass } from "./plan/dropout.ts";
export type { FeatureOptions, FeatureVectors } from "./plan/feature-vectors.ts";
export { GRADIENT_GROUPS } from "./plan/gradient-groups.ts";
export { allocateGradients } from "./plan/model-gradients.ts";
export { createServedFeatures, servedLayers } from "./plan/served-features.ts";
export { createSparseTraining, type SparseTraining } from "./plan/sparse-training.ts";
export { layerFormat } from "./plan/served-layers.ts";
export { isPlainModel, isPlainPackedModel } from "./plan/plain-model.ts";
export { packTable } from "./plan/quantizer/pack-table.ts";
export { packedTableFormat } from "./plan/quantizer/packed-table-format.ts";
export type { TableScales } from "./plan/quantizer/table-scale.ts";
export { createTableScales } from "./plan/quantizer/table-scales.ts";
export {
  allocateTableState,
  rangeRows,
  rowStateLength,
  tableLengths,
  type TableLengths,
  type TableState,
} from "./plan/quantizer/table-state.ts";
export { reference, roundHalfEven, scanRange, spanLayout, type SpanLayout } from "./reference/index.ts";
