import type { GroupPlace } from "@dqrm/comm";
import { UsageError } from "../terminal/report-error.ts";

/** Says how the workers of a run are connected, and how many they are. */
export interface ChosenTransport {
  readonly transport: string;
  readonly workers: number;
  /** Where a launcher put this process; undefined when the command starts the other workers itself. */
  readonly place: GroupPlace | undefined;
}

/** Launchers whose processes can speak MPI; those of others meet at an address. */
const MPI_LAUNCHERS: ReadonlySet<string> = new Set(["Open MPI", "PMI"]);

/** Transports whose workers this process starts and holds. */
const WITHIN: ReadonlySet<string> = new Set(["in-process", "threads"]);

/**
 * Decides how workers are connected: as asked; with `auto` by who started this process, or on threads.
 *
 * @throws USAGE when a launcher started another number of processes than `--workers` says, or a transport needs a launcher
 */
export function chooseTransport(
  asked: string,
  workers: number | undefined,
  place: GroupPlace | undefined,
): ChosenTransport {
  if (WITHIN.has(asked)) return { transport: asked, workers: workers ?? 1, place: undefined };
  if (place === undefined || (place.size === 1 && asked === "auto")) {
    if (asked === "mpi") throw new UsageError("--transport mpi needs a launcher: mpirun -n N dqrm train …");
    const transport = asked === "auto" ? "threads" : asked;
    return { transport, workers: workers ?? 1, place: undefined };
  }
  if (workers !== undefined && workers !== place.size) {
    throw new UsageError(`--workers is ${workers}, but ${place.launcher} started ${place.size} processes`);
  }
  const fitting = MPI_LAUNCHERS.has(place.launcher) ? "mpi" : "gloo";
  return { transport: asked === "auto" ? fitting : asked, workers: place.size, place };
}
