import { VALUE_CODING_NUMBERS, type ScaleGroups, type ValueFormat } from "@dqrm/core";

/** Gives the numbers of a format (native/ops/sent-layout.h), or undefined when the addon does not serve it: float16. */
export function sentFormat({
  scale,
  values,
}: ValueFormat): { readonly coding: number; readonly groups: number } | undefined {
  return values === "float16" ? undefined : { coding: VALUE_CODING_NUMBERS[values], groups: groupsOf(scale) };
}

function groupsOf(scale: ScaleGroups): number {
  return scale.kind === "tensor" ? 0 : scale.kind === "row" ? 1 : scale.values;
}
