import { DqrmError, type Kernels, type RowGradient } from "@dqrm/core";

/** Prepares the check that every value of a gradient is a number. @throws NON_FINITE at the first that is not */
export function prepareFiniteCheck(kernels: Kernels): (gradient: RowGradient) => void {
  const absmax = kernels.prepare("absmax", {});
  return ({ cols, count, values }) => {
    if (Number.isFinite(absmax(values, 0, count * cols))) return;
    const position = values.findIndex((value) => !Number.isFinite(value));
    throw new DqrmError("NON_FINITE", { what: "gradient", position, actual: String(values[position]) });
  };
}
