import type { Environment } from "./group-place.ts";

/** Ports of steps begin here; those that Linux gives to connections begin at 32,768. */
const FIRST_PORT = 20_000;

/** As many ports, so that jobs whose numbers are closer than 512 never share one. */
const PORTS = 8192;

/** Steps of a job that run at the same time are rarely more. */
const STEPS_OF_JOB = 16;

/** Chooses where rank 0 of a step listens: at another port than those of jobs and steps that run beside it. */
export function portOfStep(job: number, step: number): number {
  return FIRST_PORT + ((job * STEPS_OF_JOB + step) % PORTS);
}

/** Gives "rack1node07" for "rack[1-2]node[07-09,12],gpu1", a list of nodes as Slurm writes it. */
export function firstHost(nodes = ""): string {
  const [first = ""] = /^(?:[^,[\]]|\[\d[^\]]*\])+/.exec(nodes) ?? [];
  return first.replace(/\[(\d+)[^\]]*\]/g, "$1");
}

/** Counts the tasks of "4,5,6", the tasks of a step that share a node; 0 when it is no such list. */
export function tasksOfNode(tasks: string): number {
  return /^\d+(?:,\d+)*$/.test(tasks) ? tasks.split(",").length : 0;
}

/** Says whether PMI's variables are those of the step that this process is a task of, and not of an mpiexec inside it. */
export function isPmiOfStep(environment: Environment): boolean {
  const { SLURM_JOB_ID: job, SLURM_STEP_ID: step } = environment;
  return job !== undefined && step !== undefined && environment["PMI_JOBID"] === `${job}.${step}`;
}
