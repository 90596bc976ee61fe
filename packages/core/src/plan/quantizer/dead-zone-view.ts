import { deadZoneFormat } from "./packed-table-format.ts";
import type { DeadZoneThreshold, TableQuantization, TableSpec } from "../model-spec.ts";
import type { RowView } from "./row-view.ts";
import type { TableState } from "./table-state.ts";

type DeadZone = Extract<TableQuantization, { kind: "dead-zone" }>;

/**
 * Prepares the view of a dead zone: weights below a threshold are zero, and so are rows that too few steps touched; all
 * codes are spent above it, or, with 32 bits, weights above it stay as they are.
 *
 * @units T = f32(fraction × absmax), or the absolute value; the levels above T are those of deadZoneLevels
 */
export function deadZoneView(
  { cols }: TableSpec,
  { touches }: TableState,
  { bits, levels, threshold }: DeadZone,
): RowView {
  const scale = new Float32Array(1);
  const bias = new Float32Array(1);
  const minTouches = threshold.kind === "frequency" ? threshold.minTouches : 0;
  const exact = bits === 32;
  return {
    format: exact ? undefined : deadZoneFormat(bits, levels, cols),
    scale,
    bias,
    use(peak) {
      scale[0] = peak;
      bias[0] = thresholdOf(threshold, peak);
    },
    map(rows, values, begin, end) {
      if (minTouches > 0) {
        for (let k = begin; k < end; k++) {
          if (touches[rows[k]] < minTouches) values.fill(0, k * cols, (k + 1) * cols);
        }
      }
      if (exact) cutBelow(bias[0], values, begin * cols, end * cols);
    },
  };
}

function thresholdOf(threshold: DeadZoneThreshold, peak: number): number {
  return threshold.kind === "absolute" ? threshold.value : threshold.fraction * peak;
}

function cutBelow(threshold: number, values: Float32Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) {
    if (Math.abs(values[i]) < threshold) values[i] = 0;
  }
}
