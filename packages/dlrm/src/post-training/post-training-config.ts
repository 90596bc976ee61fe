import type { BitWidth, Scheme } from "@dqrm/core";
import { GUAN_GREEDY, type DeadZoneThreshold } from "@dqrm/quant";
import type {
  MlpQuantizationConfig,
  TableOverride,
  TableQuantizationConfig,
  TrainingBits,
} from "../config/dlrm-config.ts";

/**
 * Says how the range of the weights under one scale is searched: not at all, so that nothing is clamped; between two
 * percentiles; greedily; or for the least squared error.
 *
 * @source percentile: HAWQ; greedy: Guan et al. 2019, PyTorch's optimized_qparams
 */
export type RangeSearch =
  | { readonly kind: "none" }
  /** `percent` of the values lie below the upper bound, and as many above the lower one. */
  | { readonly kind: "percentile"; readonly percent: number }
  | { readonly kind: "greedy"; readonly bins: number; readonly ratio: number }
  | { readonly kind: "squared-error"; readonly steps: number };

/** Says how trained tables are quantized; bits 32 keep a table as it is. */
export interface TablePostTraining {
  readonly bits: TrainingBits;
  /** "fbgemm" is asymmetric by rows with scale and bias as halves, as FBGEMM and PyTorch quantize; 2, 4 or 8 bits. */
  readonly scheme: Scheme | "fbgemm";
  readonly granularity: TableQuantizationConfig["granularity"];
  /** Neighbouring columns that share a scale; read with granularity "group" only. */
  readonly groupCols: number;
  /** Below it weights become zero; read with a dead-zone scheme only, which takes no search but a percentile. */
  readonly threshold: DeadZoneThreshold;
  readonly search: RangeSearch;
  /** Rules for tables of some size, as in training. */
  readonly overrides: readonly TableOverride[];
}

/** Says how trained layers are quantized; bits 32 keep them as they are. */
export interface LayerPostTraining extends MlpQuantizationConfig {
  readonly search: RangeSearch;
}

/** Says how a trained model is quantized. */
export interface PostTrainingConfig {
  readonly tables: TablePostTraining;
  readonly mlp: LayerPostTraining;
}

const none = { kind: "none" } as const;

/** Read by no scheme of these presets. */
const noThreshold = { kind: "relative", value: 0 } as const;

/**
 * Builds the vanilla post-training quantization of the paper's tables: one absmax scale for each table, and one for each
 * output of a layer, which its bias shares.
 *
 * @source DQRM Table 2, "PTQ"; the authors' dlrm_s_pytorch_pretrained_and_quantized.py
 *
 * ```ts doctest
 * import { vanillaPostTraining } from "@dqrm/dlrm";
 * vanillaPostTraining(4).tables.granularity; // => "table"
 * ```
 */
export function vanillaPostTraining(bits: BitWidth): PostTrainingConfig {
  return {
    tables: {
      bits,
      scheme: "symmetric",
      granularity: "table",
      groupCols: 16,
      threshold: noThreshold,
      search: none,
      overrides: [],
    },
    mlp: { bits, granularity: "channel", bias: "same", search: none },
  };
}

/**
 * Builds the row-wise post-training quantization of PyTorch with its greedy search; layers take 8 bits, a scale for each
 * output and float biases.
 *
 * @source PyTorch embedding_bag_4bit_prepack with optimized_qparams; Guan et al. 2019
 *
 * ```ts doctest
 * import { rowwisePostTraining } from "@dqrm/dlrm";
 * rowwisePostTraining(4).tables.search; // => { kind: "greedy", bins: 200, ratio: 0.16 }
 * ```
 */
export function rowwisePostTraining(bits: 2 | 4 | 8): PostTrainingConfig {
  const search = { kind: "greedy", ...GUAN_GREEDY } as const;
  return {
    tables: {
      bits,
      scheme: "fbgemm",
      granularity: "row",
      groupCols: 16,
      threshold: noThreshold,
      search,
      overrides: [],
    },
    mlp: { bits: 8, granularity: "channel", bias: "float", search: none },
  };
}
