import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("programs/worker.mjs", import.meta.url));

/** Tells how a worker ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it printed on its error stream, by lines. */
  readonly lines: readonly string[];
  /** When it ended, on the clock of `performance`. */
  readonly at: number;
}

/** Holds a process that trains. */
export interface Worker {
  readonly child: ChildProcess;
  readonly running: Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Says how workers are started. */
export interface WorkerOptions {
  readonly size: number;
  readonly port: number;
  readonly host?: string;
  readonly timeoutMs: number;
  readonly faultRank?: number;
  readonly fault?: string;
  /** What stands before the command, as of a network namespace. */
  readonly prefix?: (rank: number) => readonly string[];
}

/** Starts one process for each rank, as torchrun's variables describe it. */
export function startWorkers(options: WorkerOptions): readonly Worker[] {
  return Array.from({ length: options.size }, (_, rank) => startWorker(rank, options));
}

function startWorker(rank: number, options: WorkerOptions): Worker {
  const { fault = "none", faultRank = -1, host = "127.0.0.1", port, prefix, size, timeoutMs } = options;
  const [command, ...args] = [...(prefix?.(rank) ?? []), process.execPath, program];
  const variables = {
    RANK: String(rank),
    WORLD_SIZE: String(size),
    MASTER_ADDR: host,
    MASTER_PORT: String(port),
    FAULT: fault,
    FAULT_RANK: String(faultRank),
    TIMEOUT_MS: String(timeoutMs),
  };
  const child = spawn(command, args, {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  createInterface(child.stderr).on("line", (line) => lines.push(line));
  const running = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, lines, at: performance.now() }));
  });
  return { child, running, ended };
}

/** Tells whether a process is there. */
export function isAlive({ pid = 0 }: ChildProcess): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
