import type { MetricChange, Metrics, PostTrainingConfig, QuantizationReport } from "@dqrm/dlrm";
import type { MeasuredPart } from "./quantize-options.ts";

/** Holds what quantization did to the metrics on some data. */
export interface MeasuredChange {
  readonly data: string;
  readonly part: MeasuredPart;
  /** Null when there are no samples. */
  readonly before: Metrics | null;
  readonly after: Metrics | null;
  readonly change: MetricChange | null;
}

/** Holds what `dqrm quantize` did, as quantization.json beside the model says and `--json` prints. */
export interface QuantizeResult extends QuantizationReport {
  readonly version: 1;
  /** The model that was quantized: its directory then, and the CRC-32 of its file. */
  readonly from: { readonly path: string; readonly modelCrc32: number };
  readonly out: string;
  readonly config: PostTrainingConfig;
  /** Null when no data were given. */
  readonly measured: MeasuredChange | null;
}
