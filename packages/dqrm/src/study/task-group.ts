import { watched, type GroupPlace, type StartTimer, type Transport } from "@dqrm/comm";
import { connectProcesses } from "../group/connect-processes.ts";
import type { StartProcess } from "../group/start-processes.ts";
import type { ImportModule } from "../pipeline/choose-kernels.ts";
import type { StudyTask } from "./study-result.ts";

/** A process of a group that is silent for longer is lost. */
const PEER_TIMEOUT_MS = 60_000;

/** Gives a run whose parts are processes what it takes from outside. */
export interface TaskProcesses {
  /** Where this process stands among them; undefined for the one that starts the others. */
  readonly place: GroupPlace | undefined;
  /** Starts another process of the task. */
  readonly startRank: (task: StudyTask) => StartProcess;
  readonly freePort: () => Promise<number>;
  readonly startTimer: StartTimer;
}

/** What connecting the processes of a task takes. */
export interface TaskGroupOptions extends TaskProcesses {
  readonly importModule: ImportModule;
  readonly signal: AbortSignal;
}

/** Holds this process's end of the group of a task; no transport for one that computes all parts. */
export interface TaskGroup {
  readonly transport: Transport | undefined;
  close(error?: unknown): Promise<void>;
}

/** Connects the processes of a task. @throws CONFIG, STATE and PEER as connectProcesses */
export async function openTaskGroup(
  task: StudyTask,
  { freePort, importModule, place, signal, startRank, startTimer }: TaskGroupOptions,
): Promise<TaskGroup> {
  const { shards } = task.config.gradients;
  if (task.transport === null || shards === 1)
    return { transport: undefined, close: () => Promise.resolve() };
  const { close, transport } = await connectProcesses(
    { transport: task.transport, workers: shards, place },
    { importModule, freePort, startTimer, startProcess: startRank(task), terminal: { signal } },
  );
  return { transport: watched(transport, { timeoutMs: PEER_TIMEOUT_MS, startTimer }), close };
}
