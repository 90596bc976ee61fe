import { DqrmError } from "@dqrm/core";
import { openedAddon } from "./opened-addon.ts";

/**
 * Ends the whole job, on every machine, by `MPI_Abort`; does not return.
 *
 * A process that ends with a code other than 0 has the same effect under most launchers. This is for those where it has not.
 *
 * @throws STATE when MPI is not open; VALUE when the code is not an integer from 1 to 255
 *
 * ```ts
 * import { abort } from "@dqrm/comm-mpi";
 * abort(75);
 * ```
 */
export function abort(exitCode: number): never {
  const addon = openedAddon();
  if (addon === undefined) {
    throw new DqrmError("STATE", { op: "abort", expected: "MPI to be open", actual: "never opened" });
  }
  if (!Number.isInteger(exitCode) || exitCode < 1 || exitCode > 255) {
    const expected = "an integer from 1 to 255";
    throw new DqrmError("VALUE", { op: "abort", what: "exitCode", expected, actual: String(exitCode) });
  }
  addon.abort(exitCode);
  throw new DqrmError("STATE", { op: "abort", expected: "the end of the process", actual: "MPI went on" });
}
