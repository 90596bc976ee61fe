import { isDeadZone, type OpFn, type OpName, type OpSpec, type RowFormat } from "@dqrm/core";
import { checkLevels } from "@dqrm/core/checks";
import type { Stage } from "../runtime/stage.ts";
import type { Factory } from "./host.ts";

/** What the modules call the schemes that they know. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["symmetric", 0],
  ["asymmetric", 1],
  ["dead-zone", 2],
  ["dead-zone-log", 3],
]);

/** What levels and what lies between them take, as assembly/ops/levels.ts places them. */
const LEVEL_BYTES = 1664;

/** Lets kernels decline formats whose codes stand for something that they do not know, as a scheme added later. */
export function ofServedScheme<K extends OpName>(
  prepare: Factory<K>,
  formatOf: (spec: OpSpec<K>) => RowFormat,
): (spec: OpSpec<K>) => OpFn<K> | undefined {
  return function prepareServed(spec) {
    return NUMBERS.has(formatOf(spec).scheme) ? prepare(spec) : undefined;
  };
}

/** Gives the modules' number of a scheme that {@link ofServedScheme} let pass. */
export function schemeNumber({ scheme }: Pick<RowFormat, "scheme">): number {
  return NUMBERS.get(scheme) ?? 0;
}

/** Takes room for the levels of a dead zone, and none for other schemes. */
export function takeLevels(stage: Stage, { scheme }: Pick<RowFormat, "scheme">): number {
  return isDeadZone(scheme) ? stage.take(LEVEL_BYTES) : 0;
}

/**
 * Checks the tops and thresholds that rows [begin, end) are about to be quantized with.
 *
 * @throws VALUE as the reference kernels
 */
export function checkZones(
  op: string,
  { scheme }: Pick<RowFormat, "scheme">,
  { bias, scale }: { readonly scale: Float32Array; readonly bias: Float32Array },
  slots: { readonly step: number; readonly begin: number; readonly end: number },
): void {
  const { begin, end, step } = slots;
  if (!isDeadZone(scheme) || begin === end) return;
  const last = step === 0 ? 1 : end * step;
  for (let slot = begin * step; slot < last; slot++) checkLevels(op, scale[slot], bias[slot], slot);
}
