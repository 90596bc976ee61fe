import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./call.ts";

/** Is a Slurm of three nodes of four cores, all of them this machine, in namespaces of its own. */
export interface SlurmCluster {
  /** Runs a command where Slurm is. */
  run(command: readonly string[]): Promise<Outcome>;
  stop(): Promise<void>;
}

const PROGRAMS = ["srun", "sbatch", "slurmctld", "slurmd", "munged", "ip", "nsenter"];

const NAMESPACES = ["--mount", "--pid", "--net"];

/** Nodes register within a second; a busy machine takes longer. */
const START_MS = 20_000;

/** Says why this machine can run no Slurm; undefined where it can. */
export function slurmObstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs Linux and root";
  const missing = PROGRAMS.filter((name) => spawnSync(name, ["--version"]).error !== undefined);
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  const { error, status } = spawnSync("unshare", [...NAMESPACES, "--fork", "true"]);
  return status === 0 ? undefined : `no namespaces${error === undefined ? "" : `: ${error.message}`}`;
}

/** Starts a Slurm, and waits for its nodes. */
export async function startSlurm(): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), "dqrm-slurm-"));
  const script = fileURLToPath(new URL("slurm-cluster.sh", import.meta.url));
  const holder = spawn("unshare", [...NAMESPACES, "--mount-proc", "--fork", "--kill-child", script, folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const stop = async (): Promise<void> => {
    holder.stdin.end();
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  const timer = setTimeout(() => holder.kill("SIGKILL"), START_MS);
  const said = await Promise.race([
    once(createInterface(holder.stdout), "line").then(([line]: readonly unknown[]) => line),
    once(holder, "exit").then(() => "nothing"),
  ]);
  clearTimeout(timer);
  if (said !== "up") {
    await stop();
    throw new Error("Slurm did not start");
  }
  const inside = ["--target", firstProcess(holder), ...NAMESPACES, `--wd=${process.cwd()}`];
  const env = { ...process.env, SLURM_CONF: join(folder, "slurm.conf") };
  return {
    stop,
    async run(command) {
      const child = spawn("nsenter", [...inside, ...command], { env, stdio: ["ignore", "pipe", "pipe"] });
      const texts = { out: "", err: "" };
      child.stdout.on("data", (chunk: Buffer) => (texts.out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (texts.err += chunk.toString()));
      await once(child, "close");
      return { code: child.exitCode ?? -1, ...texts };
    },
  };
}

/** Gives the number by which this process knows the first process of the namespaces. */
function firstProcess({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
}

/** Lists the processes whose call has an argument, with the number that Slurm gave each as a task. */
export function tasksWith(argument: string): readonly { readonly pid: number; readonly task: number }[] {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return found.flatMap((name) => {
    const [command, variables] = ["cmdline", "environ"].map((file) => wordsOf(`/proc/${name}/${file}`));
    const task = variables.find((word) => word.startsWith("SLURM_PROCID="))?.split("=")[1];
    const isOne = task !== undefined && command.includes(argument);
    return isOne ? [{ pid: Number(name), task: Number(task) }] : [];
  });
}

/** Nothing of a process that has ended since. */
function wordsOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split("\0");
  } catch {
    return [];
  }
}
