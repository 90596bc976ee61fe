import { DqrmError } from "@dqrm/core";
import { MAX_WORLD } from "./message/message-header.ts";
import type { GroupPlace } from "./transport-plugin.ts";

/** Variables of a process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the variables of a launcher. */
interface Launcher {
  readonly name: string;
  readonly rank: string;
  readonly size: string;
  readonly localRank: string;
  readonly localSize: string;
}

/** The first whose rank is set says where this process is. */
const LAUNCHERS: readonly Launcher[] = [
  {
    name: "torchrun",
    rank: "RANK",
    size: "WORLD_SIZE",
    localRank: "LOCAL_RANK",
    localSize: "LOCAL_WORLD_SIZE",
  },
  {
    name: "Open MPI",
    rank: "OMPI_COMM_WORLD_RANK",
    size: "OMPI_COMM_WORLD_SIZE",
    localRank: "OMPI_COMM_WORLD_LOCAL_RANK",
    localSize: "OMPI_COMM_WORLD_LOCAL_SIZE",
  },
  {
    name: "PMI",
    rank: "PMI_RANK",
    size: "PMI_SIZE",
    localRank: "MPI_LOCALRANKID",
    localSize: "MPI_LOCALNRANKS",
  },
  {
    name: "Slurm",
    rank: "SLURM_PROCID",
    size: "SLURM_NTASKS",
    localRank: "SLURM_LOCALID",
    localSize: "SLURM_NTASKS_PER_NODE",
  },
  {
    name: "Kubernetes",
    rank: "JOB_COMPLETION_INDEX",
    size: "WORLD_SIZE",
    localRank: "LOCAL_RANK",
    localSize: "LOCAL_WORLD_SIZE",
  },
];

/** The port of torchrun and Kubeflow, where a launcher names only a host. */
export const DEFAULT_GROUP_PORT = 29_500;

/**
 * Reads from the variables of torchrun (Kubeflow), Open MPI, PMI (MPICH, Intel MPI), Slurm or an indexed Kubernetes job which process
 * of a group this is; undefined when no launcher started it.
 *
 * The address is MASTER_ADDR and MASTER_PORT, and under Slurm without them the first host of SLURM_JOB_NODELIST.
 *
 * @throws VALUE when a variable is set but is no rank, size or port
 *
 * ```ts doctest
 * import { groupPlace } from "@dqrm/comm";
 * groupPlace({ RANK: "1", WORLD_SIZE: "4", MASTER_ADDR: "trainer-0", MASTER_PORT: "29400" });
 * // => { rank: 1, size: 4, localRank: undefined, address: { host: "trainer-0", port: 29400 }, launcher: "torchrun" }
 * groupPlace({}); // => undefined
 * ```
 */
export function groupPlace(environment: Environment): GroupPlace | undefined {
  const launcher = LAUNCHERS.find(
    ({ rank, size }) => environment[rank] !== undefined && environment[size] !== undefined,
  );
  if (launcher === undefined) return undefined;
  const size = readNumber(environment, launcher.size, [1, MAX_WORLD]) ?? 1;
  const rank = readNumber(environment, launcher.rank, [0, size - 1]) ?? 0;
  const localRank = readNumber(environment, launcher.localRank, [0, size - 1]);
  const localSize = readNumber(environment, launcher.localSize, [1, size]);
  const place = {
    rank,
    size,
    localRank,
    address: readAddress(environment, launcher.name),
    launcher: launcher.name,
  };
  return localSize === undefined ? place : { ...place, localSize };
}

function readAddress(environment: Environment, launcher: string): GroupPlace["address"] {
  const host =
    environment["MASTER_ADDR"] ??
    (launcher === "Slurm" ? firstHost(environment["SLURM_JOB_NODELIST"]) : undefined);
  if (host === undefined || host === "") return undefined;
  return { host, port: readNumber(environment, "MASTER_PORT", [1, 65_535]) ?? DEFAULT_GROUP_PORT };
}

/** Gives "node07" for "node[07-09,12],gpu1". */
function firstHost(nodes: string | undefined): string | undefined {
  const [, name = "", digits = ""] = /^([^,[\]]+)(?:\[(\d+))?/.exec(nodes ?? "") ?? [];
  return name === "" ? undefined : name + digits;
}

function readNumber(
  environment: Environment,
  name: string,
  [lowest, highest]: readonly [number, number],
): number | undefined {
  const text = environment[name];
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= lowest && value <= highest) return value;
  const expected = `an integer from ${lowest} to ${highest}`;
  throw new DqrmError("VALUE", { op: "groupPlace", what: name, expected, actual: JSON.stringify(text) });
}
