export {
  createLinearFakeQuantizer,
  type LinearFakeQuantization,
  type LinearFakeQuantizer,
  type LinearShape,
} from "./channelwise.ts";
export type { DeadZoneThreshold } from "./dead-zone-threshold.ts";
export { measureDistortion, type Distortion } from "./distortion.ts";
export { createDorefa, type Dorefa, type DorefaOptions } from "./dorefa.ts";
export {
  createFakeQuantizer,
  type FakeQuantizer,
  type FakeQuantizerOptions,
  type StraightThrough,
} from "./fake-quant.ts";
export {
  fbgemmRowBytes,
  fusedFbgemmRows,
  tableBatchedFbgemmRows,
  type FbgemmLayout,
} from "./fbgemm-layout.ts";
export { quantizeFbgemmTable } from "./fbgemm-quantize.ts";
export { asFbgemmRows, decodeFbgemmRows, encodeFbgemmRows, roundScalesToHalf } from "./fbgemm-rows.ts";
export { halfBits, halfValue, roundToHalf } from "./half.ts";
export { createLsq, type Lsq, type LsqOptions } from "./lsq.ts";
export {
  createQuantizer,
  dequantizeTable,
  quantizeTable,
  type Quantizer,
  type QuantizerOptions,
  type QuantizeTableOptions,
} from "./quantizer.ts";
export { prepareScaleChooser, scaleOfRange, type ScaleAndBias, type ScaleChooser } from "./range-scale.ts";
export type { SearchedFormat } from "./range-problem.ts";
export { greedyRange, GUAN_GREEDY, meanSquaredErrorRange, type GreedySearch } from "./range-search.ts";
export {
  absmaxRange,
  fullRange,
  percentileRange,
  type Percentiles,
  type RangeEstimator,
  type ValueRange,
} from "./range.ts";
export { viewRows } from "./rows-view.ts";
export {
  createRunningRange,
  type RangeFollowing,
  type RunningRange,
  type RunningRangeState,
} from "./running-range.ts";
export { everyStep, everySteps, once } from "./scale-policy.ts";
export { levelRange, zeroPoint, type LevelRange } from "./scheme.ts";
