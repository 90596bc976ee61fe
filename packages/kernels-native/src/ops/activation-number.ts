import type { Activation } from "@dqrm/core";

/** Numbers the activations as the addon does. */
export const ACTIVATION_NUMBERS: Readonly<Record<Activation, number>> = { none: 0, relu: 1, sigmoid: 2 };
