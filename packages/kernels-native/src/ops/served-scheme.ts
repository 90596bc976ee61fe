import type { RowFormat } from "@dqrm/core";

/** Tells whether the kernels know what the codes of a format stand for; a scheme that is added later is declined. */
export function isServed({ scheme }: RowFormat): boolean {
  return scheme === "symmetric" || scheme === "asymmetric";
}
