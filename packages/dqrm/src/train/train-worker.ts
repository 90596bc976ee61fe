import { createPortTransport } from "@dqrm/comm";
import { trainModel } from "@dqrm/dlrm";
import type { ImportModule } from "../pipeline/choose-kernels.ts";
import { resolveRun } from "./resolve-run.ts";
import { channelPort, type TrainWorkerData } from "./thread-group.ts";

/** Gives a worker thread what it may not take from the surroundings. */
export interface WorkerSurroundings {
  readonly importModule: ImportModule;
  readonly clock: () => number;
  readonly onReady: () => void;
}

/** Trains as one worker of a group: the same data and configuration, no output of its own. */
export async function trainAsWorker(
  { cores, options, ports, rank }: TrainWorkerData,
  { clock, importModule, onReady }: WorkerSurroundings,
): Promise<void> {
  const silent = {
    out: () => undefined,
    err: () => undefined,
    interactive: false,
    columns: 80,
    now: clock,
    signal: new AbortController().signal,
  };
  const surroundings = { importModule, terminal: silent, machine: { cores } };
  const run = await resolveRun(options, surroundings, `cache-${rank}`);
  const transport = createPortTransport({ rank, ports: ports.map(channelPort) });
  onReady();
  try {
    await trainModel({
      config: run.config,
      parts: run.data.parts,
      seed: run.seed,
      kernels: run.kernels,
      arena: run.arena,
      clock,
      hooks: { checkpointEverySteps: options.checkpointEverySteps },
      transport,
      ...(run.resumed === undefined ? {} : { resume: run.resumed.checkpoint }),
    });
  } finally {
    await transport.close();
    run.data.dataset.close();
  }
}
