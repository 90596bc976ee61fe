import { DqrmError } from "@dqrm/core";
import { MAX_WORLD } from "./message/message-header.ts";
import { firstHost, isPmiOfStep, portOfStep, tasksOfNode } from "./slurm-step.ts";
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
    // SLURM_NTASKS is also there in a batch script, which is no task of a step, and is what was asked for, not what was started.
    size: "SLURM_STEP_NUM_TASKS",
    localRank: "SLURM_LOCALID",
    localSize: "SLURM_GTIDS",
  },
  {
    name: "Kubernetes",
    rank: "JOB_COMPLETION_INDEX",
    size: "WORLD_SIZE",
    localRank: "LOCAL_RANK",
    localSize: "LOCAL_WORLD_SIZE",
  },
];

/** Numbers of jobs and steps are words of 32 bits. */
const MAX_ID = 2 ** 32 - 1;

/** The port of torchrun and Kubeflow, where a launcher names only a host. */
export const DEFAULT_GROUP_PORT = 29_500;

/**
 * Reads from the variables of torchrun (Kubeflow), Open MPI, PMI (MPICH, Intel MPI), Slurm or an indexed Kubernetes job which process
 * of a group this is; undefined when no launcher started it.
 *
 * The address is MASTER_ADDR and MASTER_PORT. Under Slurm without them it is the first host of SLURM_STEP_NODELIST, and a port that
 * other steps have not, for jobs may share a host.
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
  const launcher = LAUNCHERS.find((one) => hasStarted(one, environment));
  if (launcher === undefined) return undefined;
  const size = readNumber(environment, launcher.size, [1, MAX_WORLD]) ?? 1;
  const rank = readNumber(environment, launcher.rank, [0, size - 1]) ?? 0;
  const localRank = readNumber(environment, launcher.localRank, [0, size - 1]);
  const localSize = readLocalSize(environment, launcher, size);
  const place = {
    rank,
    size,
    localRank,
    address: readAddress(environment, launcher.name),
    launcher: launcher.name,
  };
  return localSize === undefined ? place : { ...place, localSize };
}

function hasStarted({ name, rank, size }: Launcher, environment: Environment): boolean {
  if (name === "PMI" && isPmiOfStep(environment)) return false;
  return environment[rank] !== undefined && environment[size] !== undefined;
}

function readLocalSize(
  environment: Environment,
  { localSize: name, name: launcher }: Launcher,
  size: number,
): number | undefined {
  if (launcher !== "Slurm") return readNumber(environment, name, [1, size]);
  const text = environment[name];
  if (text === undefined) return undefined;
  const count = tasksOfNode(text);
  if (count >= 1 && count <= size) return count;
  throw noNumber(name, `a list of 1 to ${size} tasks`, text);
}

function readAddress(environment: Environment, launcher: string): GroupPlace["address"] {
  const isSlurm = launcher === "Slurm";
  const host =
    environment["MASTER_ADDR"] ?? (isSlurm ? firstHost(environment["SLURM_STEP_NODELIST"]) : undefined);
  if (host === undefined || host === "") return undefined;
  const port = readNumber(environment, "MASTER_PORT", [1, 65_535]);
  return { host, port: port ?? (isSlurm ? readStepPort(environment) : undefined) ?? DEFAULT_GROUP_PORT };
}

function readStepPort(environment: Environment): number | undefined {
  const job = readNumber(environment, "SLURM_JOB_ID", [0, MAX_ID]);
  return job === undefined
    ? undefined
    : portOfStep(job, readNumber(environment, "SLURM_STEP_ID", [0, MAX_ID]) ?? 0);
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
  throw noNumber(name, `an integer from ${lowest} to ${highest}`, text);
}

function noNumber(name: string, expected: string, text: string): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", { op: "groupPlace", what: name, expected, actual: JSON.stringify(text) });
}
