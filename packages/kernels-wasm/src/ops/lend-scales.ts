import type { Stage } from "../runtime/stage.ts";

/** Lends the scales of rows [begin, end): the pointer is that of row `begin`, or of the one scale of the table. */
export function lendScales(
  stage: Stage,
  scale: Float32Array,
  scaleStep: number,
  begin: number,
  end: number,
): number {
  if (scaleStep === 0) return stage.read(scale, 0, 1);
  return stage.read(scale, begin * scaleStep, end * scaleStep) + 4 * begin * scaleStep;
}
