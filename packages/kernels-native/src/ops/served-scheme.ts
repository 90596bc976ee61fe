import type { RowFormat } from "@dqrm/core";

/** What the addon calls the schemes that it knows; a scheme that is added later is declined. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ["symmetric", 0],
  ["asymmetric", 1],
  ["dead-zone", 2],
  ["dead-zone-log", 3],
]);

/** Tells whether the kernels know what the codes of a format stand for. */
export function isServed({ scheme }: Pick<RowFormat, "scheme">): boolean {
  return NUMBERS.has(scheme);
}

/** Gives the addon's number of a scheme, −1 when it has none: no kernel takes it. */
export function schemeNumber({ scheme }: Pick<RowFormat, "scheme">): number {
  return NUMBERS.get(scheme) ?? -1;
}
