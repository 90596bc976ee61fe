import type { Activation } from "@dqrm/core";

/** Numbers the activations, as the shaders do. */
export const ACTIVATION_CODES: Readonly<Record<Activation, number>> = { none: 0, relu: 1, sigmoid: 2 };
