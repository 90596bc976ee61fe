import {
  barrier,
  sayFailure,
  watched,
  type GroupPlace,
  type Transport,
  type TransportPlugin,
} from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";
import { checkShards } from "./check-shards.ts";
import { importTransport } from "./import-transport.ts";
import { startProcesses } from "./start-processes.ts";
import type { TrainOptions } from "./train-options.ts";
import { watchPeers, type WorkerGroup } from "./worker-group.ts";

/** Processes that are started one by one, by hand or by a scheduler, find each other within this time. */
const CONNECT_MS = 60_000;

/**
 * Connects this process to the others of its group; without a launcher it starts them here.
 *
 * @throws UNSUPPORTED with the reason when the engine cannot run here; PEER when another process does not come
 */
export async function openProcessGroup(
  options: TrainOptions,
  surroundings: Surroundings,
): Promise<WorkerGroup> {
  const plugin = await importTransport(options.transport, surroundings.importModule);
  const started =
    options.place === undefined ? await startProcesses(options.workers, surroundings) : undefined;
  const place = options.place ?? started?.place;
  if (place === undefined) throw new Error("a group of processes has no place");
  try {
    const transport = await connect(plugin, place, surroundings);
    return {
      rank: transport.rank,
      async join(run, train) {
        checkShards(run);
        // Reading the data takes as long as it takes; from here on a silent peer is a lost one.
        await barrier(watched(transport, { timeoutMs: Infinity, startTimer: surroundings.startTimer }));
        return train(watchPeers(transport, run, surroundings.startTimer));
      },
      async close(error) {
        if (error !== undefined) await sayFailure(transport, error);
        await transport.close();
        await started?.end();
      },
    };
  } catch (error) {
    await started?.end();
    throw error;
  }
}

async function connect(
  plugin: TransportPlugin,
  place: GroupPlace,
  { terminal: { signal } }: Surroundings,
): Promise<Transport> {
  const opened = await plugin.open({ place, timeoutMs: CONNECT_MS, signal });
  if (!("unavailable" in opened)) return opened;
  throw new DqrmError("UNSUPPORTED", {
    op: `--transport ${plugin.name}`,
    spec: `a group of ${place.size} processes`,
    tried: [opened.unavailable],
  });
}
