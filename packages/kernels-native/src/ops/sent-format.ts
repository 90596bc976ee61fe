import type { ScaleGroups, ValueCodingName, ValueFormat } from "@dqrm/core";

/** Numbers codings as the addon does (native/ops/sent-layout.h); float16 is left to the reference. */
const CODINGS: Readonly<Record<Exclude<ValueCodingName, "float16">, number>> = {
  float32: 0,
  int8: 1,
  int16: 2,
  int4: 3,
  ternary: 4,
  sign: 5,
  bfloat16: 6,
};

/** Gives the numbers of a format, or undefined when the addon does not serve it. */
export function sentFormat({
  scale,
  values,
}: ValueFormat): { readonly coding: number; readonly groups: number } | undefined {
  return values === "float16" ? undefined : { coding: CODINGS[values], groups: groupsOf(scale) };
}

function groupsOf(scale: ScaleGroups): number {
  return scale.kind === "tensor" ? 0 : scale.kind === "row" ? 1 : scale.values;
}
