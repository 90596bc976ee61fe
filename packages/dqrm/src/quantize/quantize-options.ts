import type { PostTrainingConfig } from "@dqrm/dlrm";

/** Names the rows of the data that metrics are measured on: all of them, or a part of the split of training. */
export type MeasuredPart = "all" | "validation" | "test";

/** Holds the options of `dqrm quantize`. */
export interface QuantizeOptions {
  /** Directory of the trained model. */
  readonly model: string;
  readonly out: string;
  readonly config: PostTrainingConfig;
  /** Undefined measures no metrics. */
  readonly data: string | undefined;
  readonly part: MeasuredPart;
  readonly kernels: string;
  readonly threads: number | undefined;
  readonly skipBadLines: boolean;
  readonly json: boolean;
}
