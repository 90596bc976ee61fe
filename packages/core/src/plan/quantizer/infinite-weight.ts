import { DqrmError } from "../../errors.ts";

/** Says which weight of a table is NaN or infinite. */
export function infiniteWeight(table: string, weights: Float32Array): DqrmError<"NON_FINITE"> {
  const position = weights.findIndex((weight) => !Number.isFinite(weight));
  const actual = String(weights[position]);
  return new DqrmError("NON_FINITE", { what: `weights of table ${table}`, position, actual });
}
