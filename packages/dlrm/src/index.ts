export type {
  CategoryConfig,
  CompatibilityConfig,
  DataConfig,
  DeadZoneConfig,
  DenseConfig,
  DlrmConfig,
  DorefaConfig,
  EmbeddingInit,
  LossConfig,
  LsqConfig,
  MixedDimensionsConfig,
  MlpQuantizationConfig,
  ModelConfig,
  OptimizerConfig,
  QuantizationConfig,
  QuotientRemainderConfig,
  TableOverride,
  TableQuantizationConfig,
  TrainingBits,
  TrainingConfig,
} from "./config/dlrm-config.ts";
export type { HashingConfig, RobeConfig, TensorTrainConfig } from "./config/compression-config.ts";
export type { ActivationConfig, QuantizationPhase, RegularizationConfig } from "./config/layer-config.ts";
export { parseLayerSizes } from "./config/layer-sizes.ts";
export { parseConfig } from "./config/parse-config.ts";
export { phaseConfig, servedConfig } from "./config/phase.ts";
export type { GradientCodingConfig, GradientsConfig } from "./config/gradient-config.ts";
export { gradientPresets, type GradientPresetName } from "./config/gradient-presets.ts";
export { floatTwin, presets, type PresetName } from "./config/presets.ts";
export { setConfigValue, setConfigValues } from "./config/set-config-value.ts";
export { averagePrecision } from "./metrics/average-precision.ts";
export { evaluatePredictions, type Metrics } from "./metrics/evaluate-predictions.ts";
export { exactAuc } from "./metrics/exact-auc.ts";
export { logLoss } from "./metrics/log-loss.ts";
export { createStreamingAuc, type StreamingAuc, type StreamingAucResult } from "./metrics/streaming-auc.ts";
export { copyModelState } from "./model-file/copy-state.ts";
export { MODEL_FILE_VERSION } from "./model-file/metadata.ts";
export { decodePackedModel, encodePackedModel, layoutPackedModel } from "./model-file/packed-model-file.ts";
export { parseModelSpec } from "./model-file/spec-reader.ts";
export {
  decodeModelState,
  decodeSnapshot,
  encodeModelState,
  encodeSnapshot,
  type DecodedState,
  type StateBytes,
  type StateFiles,
} from "./model-file/state-file.ts";
export { buildModelSpec, type DataShape } from "./model/build-model-spec.ts";
export { byteReport, type ByteReport, type TableBytes } from "./model/byte-report.ts";
export { trainingBytes, type TrainingBytes } from "./model/training-bytes.ts";
export { initModelState, resetTables, type InitOptions } from "./model/init-model-state.ts";
export { mixedDimensions } from "./model/mixed-dimensions.ts";
export { allocateSnapshot, copyWeights } from "./model/model-snapshot.ts";
export { gradientCodecs, type EntropyChoice, type GradientCodecs } from "./parallel/gradient-codecs.ts";
export { chooseLayerSum, type LayerSum } from "./parallel/layer-sum.ts";
export { measureEntropy, MEASURED_STEPS, type EntropyMeasure } from "./parallel/measure-entropy.ts";
export { gradientEncoders, type GradientEncoder } from "./parallel/gradient-encoders.ts";
export { modelParameters, type ModelParameter, type ParameterPlace } from "./parallel/model-parameters.ts";
export { createShardGradients, type ShardGradients } from "./parallel/shard-gradients.ts";
export type { ShardResidual } from "./parallel/parallel-step.ts";
export { floatModel, packModel } from "./pack-model.ts";
export { metricChange, type MetricChange } from "./post-training/metric-change.ts";
export {
  rowwisePostTraining,
  vanillaPostTraining,
  type LayerPostTraining,
  type PostTrainingConfig,
  type RangeSearch,
  type TablePostTraining,
} from "./post-training/post-training-config.ts";
export type { PartDistortion, PartReport, QuantizationReport } from "./post-training/quantization-report.ts";
export { quantizeModel, quantizeModelPausing, type QuantizedModel } from "./post-training/quantize-model.ts";
export { decodeSafetensors, type Safetensors } from "./safetensors/decode.ts";
export type { Tensor, TensorArrays, TensorDtype, TensorEntry } from "./safetensors/dtype.ts";
export { encodeSafetensors, joinBytes, type SafetensorsFile } from "./safetensors/encode.ts";
export { decodeSafetensorsHeader, MAX_DIMENSIONS, type SafetensorsHeader } from "./safetensors/header.ts";
export {
  layoutSafetensors,
  MAX_HEADER_BYTES,
  type PlacedTensor,
  type SafetensorsLayout,
} from "./safetensors/layout.ts";
export { evaluateModel, evaluateModelPausing, type EvaluationOptions } from "./training/evaluate-model.ts";
export { learningRateAt, MINIMUM_DECAYED_RATE, type LearningRatePolicy } from "./training/learning-rate.ts";
export { predict, type PredictedBatch } from "./training/predict.ts";
export { compatibleKernels, saturatingLoss } from "./training/saturating-loss.ts";
export { trainModel } from "./training/train-model.ts";
export {
  initialTrainerState,
  parseTrainerState,
  type EpochRecord,
  type TrainerState,
} from "./training/trainer-state.ts";
export type {
  ExchangeFigures,
  TrainingEvaluation,
  TrainingEvent,
  TrainingProgress,
} from "./training/training-event.ts";
export type {
  TrainingCheckpoint,
  TrainingHooks,
  TrainingOptions,
  TrainingResult,
} from "./training/training-options.ts";
export { planAssignments } from "./planning/plan-assignments.ts";
export { planTables } from "./planning/plan-tables.ts";
export { quantizationLoss } from "./planning/quantization-loss.ts";
export { prepareSharingLoss, type SharingOptions } from "./planning/sharing-loss.ts";
export type { PlanOptions, SharedArray, TableChoice, TableDemand, TablePlan } from "./planning/table-plan.ts";
