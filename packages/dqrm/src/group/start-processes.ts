import type { Environment, GroupPlace } from "@dqrm/comm";
import type { Surroundings } from "../commands/surroundings.ts";

/** Is a process that the command has started. */
export interface ChildProcess {
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
  kill(): void;
}

/** Holds the other processes of a group that this one has started. */
export interface StartedProcesses {
  readonly place: GroupPlace;
  /** Waits for their end, and ends those that stay. */
  end(): Promise<void>;
}

/** A process that has nothing more to do ends within this time. */
const END_MS = 5000;

const HOST = "127.0.0.1";

/** Starts the same call of the command again as ranks 1, 2, … of a group of this machine. */
export async function startProcesses(
  size: number,
  { freePort, startProcess, startTimer }: Pick<Surroundings, "freePort" | "startProcess" | "startTimer">,
): Promise<StartedProcesses> {
  const port = await freePort();
  const children = Array.from({ length: size - 1 }, (_, k) => startProcess(variables(k + 1, size, port)));
  const place = { rank: 0, size, localRank: 0, address: { host: HOST, port }, launcher: "dqrm" };
  return {
    place,
    async end() {
      const stop = startTimer(END_MS, () => {
        for (const child of children) child.kill();
      });
      await Promise.all(children.map(({ ended }) => ended));
      stop();
    },
  };
}

function variables(rank: number, size: number, port: number): Environment {
  return {
    RANK: String(rank),
    WORLD_SIZE: String(size),
    LOCAL_RANK: String(rank),
    LOCAL_WORLD_SIZE: String(size),
    MASTER_ADDR: HOST,
    MASTER_PORT: String(port),
  };
}
