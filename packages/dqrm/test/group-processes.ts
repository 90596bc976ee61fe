import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { listCheckpoints } from "@dqrm/dlrm/node";
import { onTestFinished } from "vitest";
import { freePort } from "../src/bin/start-process.ts";
import { builtProgram } from "./call.ts";

/** One process of a group, as a launcher starts it. */
export interface GroupProcess {
  readonly rank: number;
  kill(signal: NodeJS.Signals): void;
  /** Settles when a line of standard error matches, and fails when the process ends before. */
  sees(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
  /** When it ended, by `performance.now`. */
  readonly at: number;
}

/** Starts the built command as every rank of a group of this machine; whatever still runs at the end of the test is killed. */
export async function startGroup(size: number, args: readonly string[]): Promise<readonly GroupProcess[]> {
  const port = String(await freePort());
  return Array.from({ length: size }, (_, rank) => {
    const place = {
      RANK: String(rank),
      WORLD_SIZE: String(size),
      MASTER_ADDR: "127.0.0.1",
      MASTER_PORT: port,
    };
    return startRank(rank, args, place);
  });
}

function startRank(
  rank: number,
  args: readonly string[],
  place: Readonly<Record<string, string>>,
): GroupProcess {
  const child = spawn(process.execPath, [builtProgram, ...args], {
    env: { ...process.env, ...place },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on("line", (line) => lines.push(line));
  const ended = once(child, "close").then((): Ended => ({
    code: child.exitCode,
    signal: child.signalCode,
    err: lines.join("\n"),
    at: performance.now(),
  }));
  return {
    rank,
    ended,
    kill: (signal) => child.kill(signal),
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string): void => {
          if (pattern.test(line)) resolve();
        };
        lines.forEach(look);
        reader.on("line", look);
        void ended.then(({ err }) => {
          reject(new Error(`rank ${rank} ended before it said ${String(pattern)}: ${err}`));
        });
      }),
  };
}

/** Waits until a run has saved its first checkpoint, all of it: whoever is lost before leaves none. */
export async function firstCheckpoint(out: string): Promise<void> {
  while (!(await listCheckpoints(out)).some(({ state }) => state.kind === "complete")) await sleep(10);
}
