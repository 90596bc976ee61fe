import type { ValueCodingName } from "@dqrm/core";

/**
 * Says how gradients travel between the parts of a batch.
 *
 * @source DQRM §3.3 and Algorithm 1
 */
export interface GradientsConfig {
  /**
   * Parts that every batch is divided into, whoever computes them: a multiple of the workers. The same parts give the same
   * model on any number of workers, and on one they simulate data parallelism. With 1 part and plain floats a step is not divided.
   */
  readonly shards: number;
  /** Touched rows of embedding tables and pooling weights. */
  readonly rows: GradientCodingConfig;
  /** Weights and biases of linear layers. */
  readonly layers: GradientCodingConfig;
  /** Whether layers keep what their codec lost and send it later: 4 bytes for each of their weights and part of the batch. */
  readonly errorFeedback: boolean;
  /**
   * Whether the first steps measure if coding bytes by frequency makes a step shorter, and leave it out where it does not: on a
   * fast link it costs more than it saves. The numbers, and so the weights, are the same.
   */
  readonly measureEntropy: boolean;
}

/** Says how one kind of gradient travels; what a codec does not read is ignored. */
export interface GradientCodingConfig {
  /**
   * "rows" sends all values, "topk" and "randomk" a share of them, "lowrank" two narrow matrices; "meanscale" sends INT8 as the paper
   * does, by the mean of all parts' scales, with a scale for each output of a layer or for all.
   */
  readonly codec: "rows" | "topk" | "randomk" | "lowrank" | "meanscale";
  /** What a value is sent as; lowrank takes float32 or bfloat16, randomk is always float32. */
  readonly values: ValueCodingName;
  /** Which values share a scale; read by "rows". */
  readonly scale: "tensor" | "row" | "block";
  /** Neighbours that share a scale, a power of two from 16 to 65536; read with scale "block". */
  readonly blockValues: number;
  readonly rounding: "nearest" | "stochastic";
  /** Codes bytes by their frequency where that makes them fewer, without loss. */
  readonly entropy: boolean;
  /** Share of the values that topk and randomk send. */
  readonly share: number;
  /** Rank of lowrank. */
  readonly rank: number;
}
