import { MAX_ACTIVATION_BITS, MIN_ACTIVATION_BITS } from "@dqrm/core";
import type { TrainingBits } from "./dlrm-config.ts";
import type { ActivationConfig, QuantizationPhase, RegularizationConfig } from "./layer-config.ts";
import { inside, integer, list, oneOf, real, record, unexpected, type Reader } from "./read.ts";

const activationBits: Reader<number> = (value, place) => {
  if (value === 32) return value;
  const whole = typeof value === "number" && Number.isInteger(value);
  if (whole && value >= MIN_ACTIVATION_BITS && value <= MAX_ACTIVATION_BITS) return value;
  throw unexpected(place, `${MIN_ACTIVATION_BITS} to ${MAX_ACTIVATION_BITS}, or 32 (floats)`, value);
};

/** Reads how activations are quantized. */
export const readActivations: Reader<ActivationConfig> = record({
  bits: activationBits,
  at: oneOf("stacks", "layers"),
  range: oneOf("ema", "running"),
  momentum: real(0, 1),
});

const dropout: Reader<number> = (value, place) => {
  if (value === 1) throw unexpected(place, "a number in [0, 1)", value);
  return real(0, 1)(value, place);
};

/** Reads the regularizers. */
export const readRegularization: Reader<RegularizationConfig> = record({
  l2: real(0, Number.MAX_VALUE),
  dropout,
});

/** Prepares to read the phases of a schedule, whose epochs must rise. */
export function readSchedule(bits: Reader<TrainingBits>): Reader<readonly QuantizationPhase[]> {
  const fromEpoch = integer(0, Number.MAX_SAFE_INTEGER);
  const phases = list(record<QuantizationPhase>({ fromEpoch, tablesBits: bits, mlpBits: bits }), 0);
  return (value, place) => {
    const read = phases(value, place);
    read.forEach((phase, k) => {
      if (k === 0 || phase.fromEpoch > read[k - 1].fromEpoch) return;
      const here = inside(inside(place, String(k)), "fromEpoch");
      throw unexpected(
        here,
        `more than ${read[k - 1].fromEpoch}, where the phase before begins`,
        phase.fromEpoch,
      );
    });
    return read;
  };
}
