import type { Jagged } from "./jagged.ts";

/**
 * Holds one mini-batch: dense features, labels, and one set of bags for each sparse feature.
 *
 * Arrays may be longer than the batch needs, so that a source can reuse them; `size` says how many samples count.
 *
 * @shape dense f32[>= size × denseFeatures], labels f32[>= size], bags: each with size bags
 */
export interface Batch {
  readonly size: number;
  readonly dense: Float32Array;
  readonly labels: Float32Array;
  readonly bags: readonly Jagged[];
  /**
   * Place of the first sample in the batch of which this one is a part, 0 when absent: what a training step draws for a
   * sample follows from its place in the whole batch.
   */
  readonly firstSample?: number;
}
