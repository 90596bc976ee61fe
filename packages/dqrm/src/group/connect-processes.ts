import { sayFailure, type GroupPlace, type Transport, type TransportPlugin } from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";
import type { ChosenTransport } from "./choose-transport.ts";
import { importTransport } from "./import-transport.ts";
import { startProcesses } from "./start-processes.ts";

/** Processes that are started one by one, by hand or by a scheduler, find each other within this time. */
const CONNECT_MS = 60_000;

/** What connecting processes takes from outside. */
export interface GroupSurroundings extends Pick<
  Surroundings,
  "importModule" | "freePort" | "startProcess" | "startTimer"
> {
  readonly terminal: Pick<Surroundings["terminal"], "signal">;
}

/** Holds this process's end of a group of processes. */
export interface ConnectedProcess {
  readonly transport: Transport;
  /** Closes the end, after the reason if there is one, and waits for processes that were started here. */
  close(error?: unknown): Promise<void>;
}

/**
 * Connects this process to the others of its group; without a launcher it starts them here.
 *
 * @throws CONFIG when there is no such transport; STATE with the reason when its engine cannot run here; PEER when another
 *         process does not come
 */
export async function connectProcesses(
  chosen: ChosenTransport,
  surroundings: GroupSurroundings,
): Promise<ConnectedProcess> {
  const plugin = await importTransport(chosen.transport, surroundings.importModule);
  if (chosen.place !== undefined) return closing(await connect(plugin, chosen.place, surroundings));
  const { end, place } = await startProcesses(chosen.workers, surroundings);
  try {
    return closing(await connect(plugin, place, surroundings), end);
  } catch (error) {
    await end();
    throw error;
  }
}

function closing(transport: Transport, end?: () => Promise<void>): ConnectedProcess {
  return {
    transport,
    async close(error) {
      if (error !== undefined) await sayFailure(transport, error);
      await transport.close();
      await end?.();
    },
  };
}

async function connect(
  plugin: TransportPlugin,
  place: GroupPlace,
  { terminal: { signal } }: GroupSurroundings,
): Promise<Transport> {
  const opened = await plugin.open({ place, timeoutMs: CONNECT_MS, signal });
  if (!("unavailable" in opened)) return opened;
  const expected = `an engine that connects ${place.size} processes`;
  throw new DqrmError("STATE", { op: `--transport ${plugin.name}`, expected, actual: opened.unavailable });
}
