import type { RandomKey, RowGradient } from "@dqrm/core";
import type { SectionCodec } from "../section.ts";

/**
 * Encodes the gradient of one parameter and keeps what its codec lost; one for each parameter and shard.
 *
 * The state belongs to the training run: a checkpoint stores it, and a run that goes on without it trains another model.
 */
export interface Compensation {
  readonly name: string;
  /** The arrays that a checkpoint stores and restores in place. */
  readonly state: readonly Float32Array[];
  /**
   * Writes a payload as the codec does, after adding what was lost before; the state changes only when the codec succeeds.
   *
   * @shape gradient: the whole parameter, rows 0, 1, … in order
   * @throws SHAPE when the gradient is not the whole parameter; and what the codec throws
   */
  encode(gradient: RowGradient, out: Uint8Array, key: RandomKey): number;
  /** As `encode`, for the section of a message; the state changes with `commit`. */
  readonly encodeBody: SectionCodec["encodeBody"];
  /** Takes note that what was encoded last has been applied: a step that everybody skips is not committed. */
  commit(): void;
}

/** Names the parameter that a compensation belongs to. */
export interface ParameterShape {
  readonly rows: number;
  readonly cols: number;
}
