import { createMemoryTransports, type Transport } from "@dqrm/comm";
import type { Surroundings } from "../commands/surroundings.ts";
import { checkShards } from "./check-shards.ts";
import { followRun } from "./follow-run.ts";
import { silenced } from "../terminal/silenced.ts";
import { resolveRun } from "./resolve-run.ts";
import type { TrainRun } from "./run-training.ts";
import type { TrainOptions } from "./train-options.ts";
import { watchPeers, type WorkerGroup } from "./worker-group.ts";

/** Lets this thread train as all workers in turn, each with a model of its own: for tests, and to look at a group's messages. */
export function openInProcessGroup(options: TrainOptions, surroundings: Surroundings): WorkerGroup {
  const transports = createMemoryTransports(options.workers);
  const [first, ...others] = transports;
  const follow = async (transport: Transport): Promise<void> => {
    const silent = { ...surroundings, terminal: silenced(surroundings.terminal) };
    const run = await resolveRun(options, silent, `cache-${transport.rank}`);
    try {
      await followRun(run, silent.terminal, watchPeers(transport, run, surroundings.startTimer));
    } finally {
      await transport.close();
      run.data.dataset.close();
    }
  };
  return {
    rank: 0,
    async join(run: TrainRun, train) {
      checkShards(run);
      const followers = others.map(follow);
      const own = train(watchPeers(first, run, surroundings.startTimer)).finally(() => first.close());
      const [result] = await Promise.all([own, ...followers]);
      return result;
    },
    async close() {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}
