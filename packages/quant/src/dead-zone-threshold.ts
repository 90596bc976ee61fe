import { DqrmError, isDeadZone, isLevel, type RowFormat } from "@dqrm/core";

/**
 * Says below which magnitude the weights of a dead-zone format become zero: a fraction of the top level of each scale, or
 * the same number everywhere.
 *
 * @units relative: threshold = f32(value × top), top = max(absmax, 1e-8); absolute: threshold = f32(value)
 */
export interface DeadZoneThreshold {
  readonly kind: "relative" | "absolute";
  readonly value: number;
}

/**
 * Prepares the thresholds that belong to the scales of a format, and none where the format has no dead zone.
 *
 * @throws VALUE when a dead-zone format has no threshold, another format has one, or its value is negative or not finite
 */
export function prepareThresholds(
  { scheme }: Pick<RowFormat, "scheme">,
  threshold: DeadZoneThreshold | undefined,
): (scale: Float32Array, bias: Float32Array) => void {
  if (!isDeadZone(scheme)) {
    if (threshold !== undefined) fail(`none: ${scheme} codes have no dead zone`, threshold);
    return () => undefined;
  }
  if (threshold === undefined || !isLevel(threshold.value)) {
    return fail("a finite value >= 0, relative or absolute", threshold);
  }
  const { kind, value } = threshold;
  return function writeThresholds(scale, bias) {
    for (let s = 0; s < scale.length; s++) bias[s] = kind === "relative" ? value * scale[s] : value;
  };
}

function fail(expected: string, threshold: DeadZoneThreshold | undefined): never {
  const actual = threshold === undefined ? "missing" : `${threshold.kind} ${threshold.value}`;
  throw new DqrmError("VALUE", { op: "quantizer", what: "threshold", expected, actual });
}
