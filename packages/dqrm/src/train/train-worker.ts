import { createPortTransport, type StartTimer } from "@dqrm/comm";
import type { ImportModule } from "../pipeline/choose-kernels.ts";
import { followRun } from "./follow-run.ts";
import { silenced } from "../terminal/silenced.ts";
import { resolveRun } from "./resolve-run.ts";
import { channelPort, type TrainWorkerData } from "./thread-group.ts";
import { watchPeers } from "./worker-group.ts";

/** Gives a worker thread what it may not take from the surroundings. */
export interface WorkerSurroundings {
  readonly importModule: ImportModule;
  readonly clock: () => number;
  readonly startTimer: StartTimer;
  readonly onReady: () => void;
}

/** Trains as one worker of a group: the same data and configuration, no output of its own. */
export async function trainAsWorker(
  { cores, options, ports, rank }: TrainWorkerData,
  { clock, importModule, onReady, startTimer }: WorkerSurroundings,
): Promise<void> {
  const terminal = silenced({ now: clock, signal: new AbortController().signal });
  const run = await resolveRun(options, { importModule, terminal, machine: { cores } }, `cache-${rank}`);
  const transport = createPortTransport({ rank, ports: ports.map(channelPort) });
  onReady();
  try {
    await followRun(run, terminal, watchPeers(transport, run, startTimer));
  } finally {
    await transport.close();
    run.data.dataset.close();
  }
}
