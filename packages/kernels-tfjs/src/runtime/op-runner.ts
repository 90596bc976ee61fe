import type { InteractionSpec, LinearSpec, LossSpec, OpSpec } from "@dqrm/core";

/** Lists what fixes the ops that tensors compute. */
export interface TensorOpSpecs {
  readonly activationBackward: OpSpec<"activationBackward">;
  readonly interaction: InteractionSpec;
  readonly interactionBackward: InteractionSpec;
  readonly linear: OpSpec<"linear">;
  readonly linearBackwardInput: LinearSpec;
  readonly linearBackwardWeight: LinearSpec;
  readonly loss: LossSpec & { readonly samples: number };
}

/** Names an op that tensors compute. */
export type TensorOpName = keyof TensorOpSpecs;

/** Holds the numbers of a tensor that is to be. */
export interface Numbers {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Computes an op on tensors of `from`, waits, and overwrites as many arrays as it has results. */
export type OpRunner = <K extends TensorOpName>(
  op: K,
  spec: TensorOpSpecs[K],
  from: readonly Numbers[],
  into: readonly Float32Array[],
) => void;
