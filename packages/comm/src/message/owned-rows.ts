import type { RowGradient } from "@dqrm/core";
import type { MessageParameter } from "./message-schema.ts";

/** Rows of a parameter that one worker sums: the first, and the one after the last. */
export type RowRange = readonly [number, number];

/** Holds for each worker what it sums of each parameter; undefined where all sum everything. */
export type OwnedRows = readonly (readonly (RowRange | undefined)[])[];

/**
 * Divides what owners sum among workers: in the order of the parameters, as many values for each as whole rows, or whole parameters,
 * allow. Follows from its arguments alone, so that all workers divide alike.
 */
export function divideRows(parameters: readonly MessageParameter[], workers: number): OwnedRows {
  const owned = parameters.filter(({ owners }) => owners !== undefined);
  const total = owned.reduce((sum, { cols, rows }) => sum + rows * cols, 0);
  let before = 0;
  const bounds = parameters.map((parameter) => {
    if (parameter.owners === undefined) return undefined;
    const { cols, owners, rows } = parameter;
    const [units, size] = owners === "one" ? [1, rows * cols] : [rows, cols];
    // A unit belongs to the worker in whose share its middle lies.
    const firsts = Array.from({ length: workers + 1 }, (_, worker) => {
      const unit = Math.ceil(((worker * total) / workers - before) / size - 0.5);
      return worker === workers ? rows : Math.max(0, Math.min(units, unit)) * (rows / units);
    });
    before += rows * cols;
    return firsts;
  });
  return Array.from({ length: workers }, (_, worker) =>
    bounds.map((firsts): RowRange | undefined =>
      firsts === undefined ? undefined : [firsts[worker], firsts[worker + 1]],
    ),
  );
}

/** Gives the rows of a whole gradient in a range, as a view; all of one without a range, and none of one that has none. */
export function rowsOf(gradient: RowGradient, range: RowRange | undefined): RowGradient {
  if (range === undefined || gradient.count === 0) return gradient;
  const { cols, rows, values } = gradient;
  const [begin, end] = range;
  return {
    ...gradient,
    count: end - begin,
    rows: rows.subarray(begin, end),
    values: values.subarray(begin * cols, end * cols),
  };
}
