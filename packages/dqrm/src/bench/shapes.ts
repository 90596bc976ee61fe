import { PLANTED_DEFAULTS } from "@dqrm/data";
import { presets, type DlrmConfig } from "@dqrm/dlrm";

/** Names the models that benchmarks measure. */
export type ShapeName = "kaggle" | "terabyte" | "mlperf" | "demo";

/** Describes a model that is measured: its layers, and the rows of its tables. */
export interface BenchShape {
  readonly config: DlrmConfig;
  readonly denseFeatures: number;
  readonly rows: readonly number[];
}

const KAGGLE_ROWS: readonly number[] = [
  1460, 583, 10_131_227, 2_202_608, 305, 24, 12_517, 633, 3, 93_145, 5683, 8_351_593, 3194, 27, 14_992,
  5_461_306, 10, 5652, 2173, 4, 7_046_547, 18, 15, 286_181, 105, 142_572,
];

const TERABYTE_ROWS: readonly number[] = [
  9_980_200, 26_095, 17_224, 7383, 20_152, 3, 7112, 1435, 62, 9_756_762, 1_332_128, 314_263, 10, 2208, 11_168,
  122, 4, 971, 14, 9_994_101, 7_267_918, 9_946_670, 415_284, 12_422, 102, 36,
];

const MLPERF_ROWS: readonly number[] = [
  40_000_000, 39_060, 17_295, 7424, 20_265, 3, 7122, 1543, 63, 40_000_000, 3_067_956, 405_282, 10, 2209,
  11_938, 155, 4, 976, 14, 40_000_000, 40_000_000, 40_000_000, 590_152, 12_973, 108, 36,
];

/**
 * Holds the shapes: the paper's two data sets with all rows of their tables, MLPerf's, and the demo.
 *
 * @source DQRM's training logs (Kaggle) and its size script (Terabyte, indices modulo 10⁷);
 *         mlcommons/training recommendation_v2/torchrec_dlrm/README.MD (MLPerf, indices modulo 4 · 10⁷)
 */
export const SHAPES: { readonly [N in ShapeName]: BenchShape } = {
  kaggle: { config: presets.kaggle, denseFeatures: 13, rows: KAGGLE_ROWS },
  terabyte: { config: presets.terabyte, denseFeatures: 13, rows: TERABYTE_ROWS },
  mlperf: { config: presets.mlperf, denseFeatures: 13, rows: MLPERF_ROWS },
  demo: {
    config: presets.demo,
    denseFeatures: PLANTED_DEFAULTS.denseFeatures,
    rows: PLANTED_DEFAULTS.tableRows,
  },
};
