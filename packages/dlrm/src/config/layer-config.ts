import type { TrainingBits } from "./dlrm-config.ts";

/**
 * Says how the inputs of linear layers are quantized.
 *
 * @source DQRM, the authors' QuantAct: 8 bits or more on the dense input and on the interaction's output
 */
export interface ActivationConfig {
  /** 8 to 16; 32 keeps floats, and nothing else here is read. */
  readonly bits: number;
  /** "stacks": the inputs of the bottom and of the top stack, as the authors; "layers": the input of every layer. */
  readonly at: "stacks" | "layers";
  /** "ema" follows the batches of training, "running" never shrinks. */
  readonly range: "ema" | "running";
  /** Share of the old range that stays at each step; read with range "ema" only. */
  readonly momentum: number;
}

/**
 * Sets the bit widths from an epoch on, counted from 0, until the next phase begins.
 *
 * @source DQRM A.3 (one epoch in FP32, then INT4) and the authors' --linear_shift_down_bit_width (8 bits, then fewer)
 */
export interface QuantizationPhase {
  readonly fromEpoch: number;
  readonly tablesBits: TrainingBits;
  readonly mlpBits: TrainingBits;
}

/** Says what keeps a model from learning its training samples by heart, besides few bits. */
export interface RegularizationConfig {
  /** Adds l2·w to the gradient of touched rows and of the layers' weights, once a step; 0 adds nothing. */
  readonly l2: number;
  /** Share of the top layers' hidden activations that a training step drops; 0 drops none. The run's seed decides which. */
  readonly dropout: number;
}
