import type { TransportPlugin } from "@dqrm/comm";

/** Most bytes of one message: counts of MPI are 32 bits wide, and a message must fit into memory twice. */
export const MAX_MESSAGE_BYTES: number = 2 ** 30;

/** Says which addon to load. */
export interface MpiOptions {
  /** The path of an addon that was built for another MPI, instead of that of this package. */
  readonly binary?: string;
}

/**
 * Creates the plugin for an addon of your own choice; see {@link mpi}.
 *
 * ```ts doctest
 * import { createMpi } from "@dqrm/comm-mpi";
 * const place = { rank: 0, size: 1, localRank: 0, address: undefined, launcher: "Open MPI" };
 * await createMpi({ binary: "/nowhere/dqrm-mpi.node" }).open({ place, timeoutMs: 1000 });
 * // => { unavailable: "the addon for MPI was not built: run npx dqrm-comm-mpi build" }
 * ```
 */
export function createMpi({ binary }: MpiOptions): TransportPlugin {
  return {
    name: "mpi",
    open: (options) => import("./open-mpi.ts").then(({ openMpi }) => openMpi(options, binary)),
  };
}

/**
 * Connects the processes that `mpirun` or `srun` started; says what to do where its addon was not built, or was built for another
 * MPI.
 *
 * A process has MPI once: what was closed is not opened again. After closing, a process that ends with code 0 waits for the others to
 * close, as MPI asks; one that ends with another code does not wait, and the launcher ends the job.
 *
 * ```ts
 * import { groupPlace } from "@dqrm/comm";
 * import { mpi } from "@dqrm/comm-mpi";
 * const place = groupPlace(process.env);
 * if (place === undefined) throw new Error("start this with mpirun");
 * const transport = await mpi.open({ place, timeoutMs: 30_000 });
 * if ("unavailable" in transport) throw new Error(transport.unavailable);
 * ```
 */
export const mpi: TransportPlugin = createMpi({});
