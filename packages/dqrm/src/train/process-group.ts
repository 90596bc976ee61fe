import { barrier, watched } from "@dqrm/comm";
import type { Surroundings } from "../commands/surroundings.ts";
import { connectProcesses } from "../group/connect-processes.ts";
import { checkShards } from "./check-shards.ts";
import type { TrainOptions } from "./train-options.ts";
import { watchPeers, type WorkerGroup } from "./worker-group.ts";

/** Trains as one of a group of processes. @throws as connectProcesses */
export async function openProcessGroup(
  options: TrainOptions,
  surroundings: Surroundings,
): Promise<WorkerGroup> {
  const { startTimer } = surroundings;
  const { close, transport } = await connectProcesses(options, surroundings);
  return {
    rank: transport.rank,
    async join(run, train) {
      checkShards(run);
      // Reading the data takes as long as it takes; from here on a silent peer is a lost one.
      await barrier(watched(transport, { timeoutMs: Infinity, startTimer }));
      return train(watchPeers(transport, run, startTimer));
    },
    close,
  };
}
