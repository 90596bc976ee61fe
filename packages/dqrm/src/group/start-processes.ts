import type { Environment, GroupPlace } from "@dqrm/comm";
import { DqrmError } from "@dqrm/core";
import type { Surroundings } from "../commands/surroundings.ts";

/** Is a process that the command has started. */
export interface ChildProcess {
  /** Gives its exit code when it has ended; −1 where it has none. */
  readonly ended: Promise<number>;
  kill(): void;
}

/** Says how a process is started. */
export interface StartOptions {
  /** What stands before its command. */
  readonly command?: readonly string[];
  /** Whether its standard output is this process's. */
  readonly speaks?: boolean;
}

/** Starts the same call again as another process, with more variables. */
export type StartProcess = (variables: Environment, options?: StartOptions) => ChildProcess;

/** Holds the other processes of a group that this one has started. */
export interface StartedProcesses {
  readonly place: GroupPlace;
  /** Waits for their end, and ends those that stay. */
  end(): Promise<void>;
}

/** A process that has nothing more to do ends within this time. */
const END_MS = 5000;

const HOST = "127.0.0.1";

/** Nobody else is in a network of one's own. */
const OWN_PORT = 29_500;

/** Starts the same call of the command again as ranks 1, 2, … of a group of this machine. */
export async function startProcesses(
  size: number,
  { freePort, startProcess, startTimer }: Pick<Surroundings, "freePort" | "startProcess" | "startTimer">,
): Promise<StartedProcesses> {
  const port = await freePort();
  const children = Array.from({ length: size - 1 }, (_, k) =>
    startProcess(variables(k + 1, size, { host: HOST, port })),
  );
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

/**
 * Starts the same call as all ranks of a group, each on a machine of its own that sends at a rate, and waits for their end.
 *
 * @throws STATE with the reason where there can be no such machines, or when a rank fails
 */
export async function runAtRate(
  { rateMbit, workers }: { readonly rateMbit: number; readonly workers: number },
  startProcess: StartProcess,
): Promise<void> {
  const { namespacesObstacle, withNamespaces } = await import("@dqrm/comm-gloo/namespaces");
  const obstacle = namespacesObstacle();
  if (obstacle !== undefined) {
    const expected = `${workers} network namespaces`;
    throw new DqrmError("STATE", { op: "--rate", expected, actual: obstacle });
  }
  await withNamespaces({ nodes: workers, rateMbit }, async ({ nodes }) => {
    const address = { host: nodes[0].address, port: OWN_PORT };
    const children = nodes.map(({ command }, rank) =>
      startProcess(variables(rank, workers, address), { command, speaks: rank === 0 }),
    );
    const codes = await Promise.all(children.map(({ ended }) => ended));
    const rank = codes.findIndex((code) => code !== 0);
    if (rank < 0) return;
    const actual = `rank ${rank} ended with code ${codes[rank]}`;
    throw new DqrmError("STATE", { op: "--rate", expected: "that every rank ends with code 0", actual });
  });
}

function variables(
  rank: number,
  size: number,
  { host, port }: { readonly host: string; readonly port: number },
): Environment {
  return {
    RANK: String(rank),
    WORLD_SIZE: String(size),
    LOCAL_RANK: String(rank),
    LOCAL_WORLD_SIZE: String(size),
    MASTER_ADDR: host,
    MASTER_PORT: String(port),
  };
}
