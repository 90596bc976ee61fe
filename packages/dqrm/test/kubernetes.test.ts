import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { presets, setConfigValues } from "@dqrm/dlrm";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "../src/bin/start-process.ts";
import { built, builtProgram, bytesOf, runBuilt, scratchFolder } from "./call.ts";
import { criteoLines } from "./criteo-lines.ts";
import { firstCheckpoint } from "./group-processes.ts";
import { whyNoGloo } from "./why-no-gloo.ts";

const job = readFileSync(new URL("../../../docs/deploy/indexed-job.yaml", import.meta.url), "utf8");

/** The command of the job's container: the text below `- |`. */
const script = /- \|\n((?: {14}.+\n)+)/.exec(job)?.[1] ?? "";

const variables: Readonly<Record<string, string>> = Object.fromEntries(
  [...job.matchAll(/- name: (\w+)\n\s+value: "?([^"\n]+)/g)].map(([, name, value]) => [name, value]),
);

const only = (pattern: RegExp): string => {
  const found = [...job.matchAll(pattern)].map(([, value]) => value);
  expect(new Set(found).size).toBe(1);
  return found[0];
};

test("the indexed job has as many ranks as it says, and meets at the pod of number 0 below its service", () => {
  expect(only(/completions: (\d+)/g)).toBe(variables["WORLD_SIZE"]);
  expect(only(/parallelism: (\d+)/g)).toBe(variables["WORLD_SIZE"]);
  expect(variables["MASTER_ADDR"]).toBe(`${only(/^ {2}name: (.+)$/gm)}-0.${only(/subdomain: (.+)/g)}`);
  expect(only(/job-name: (.+)/g)).toBe(only(/^ {2}name: (.+)$/gm));
});

/** Gives the folders that the job mounts: data, and a configuration that is small. */
function mounted(): { readonly config: string; readonly work: string; readonly bin: string } {
  const folder = scratchFolder();
  const [config, work, bin] = ["config", "work", "bin"].map((name) => join(folder, name));
  for (const path of [config, work, bin]) mkdirSync(path);
  writeFileSync(join(work, "train.tsv"), criteoLines(300, 1).join("\n"));
  const small = setConfigValues(presets.kaggle, [
    ["model.embeddingDim", "4"],
    ["model.bottom", "8-4"],
    ["model.top", "8-1"],
    ["training.batchSize", "32"],
    ["training.epochs", "8"],
    ["training.patience", "0"],
  ]);
  writeFileSync(join(config, "training.json"), JSON.stringify(small));
  writeFileSync(join(bin, "npx"), `#!/bin/sh\nshift\nexec '${process.execPath}' '${builtProgram}' "$@"\n`, {
    mode: 0o755,
  });
  return { config, work, bin };
}

interface Pod {
  kill(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>;
}

/** Runs the container's command as Kubernetes does in the pod of every number. */
async function startPods({ bin, config, work }: ReturnType<typeof mounted>): Promise<readonly Pod[]> {
  const here = script.replaceAll("/work/", `${work}/`).replaceAll("/config/", `${config}/`);
  const port = String(await freePort());
  return Array.from({ length: Number(variables["WORLD_SIZE"]) }, (_, index) => {
    const child = spawn("sh", ["-c", here], {
      env: {
        ...variables,
        PATH: `${bin}:${process.env["PATH"] ?? ""}`,
        JOB_COMPLETION_INDEX: String(index),
        MASTER_ADDR: "127.0.0.1",
        MASTER_PORT: port,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    return {
      kill: () => void child.kill("SIGKILL"),
      ended: once(child, "close").then(() => ({ code: child.exitCode, err })),
    };
  });
}

const reason = built ? await whyNoGloo() : "the command is not built";
if (reason !== undefined) console.warn(`the indexed job of Kubernetes is not run: ${reason}`);

describe.skipIf(reason !== undefined || process.platform === "win32")(
  "the command of the indexed job",
  () => {
    test("trains, ends when a pod is lost, and goes on when all start again, to the model of one process", async () => {
      const folders = mounted();
      const model = join(folders.work, "model");

      const pods = await startPods(folders);
      await firstCheckpoint(model);
      pods[2].kill();
      const survivors = await Promise.all(pods.filter((_, index) => index !== 2).map(({ ended }) => ended));
      const again = await Promise.all((await startPods(folders)).map(({ ended }) => ended));

      for (const { code, err } of survivors) {
        expect(err).toMatch(/error PEER: rank 2(?: at step \d+)?: [^\n]+\n$/);
        expect(code).toBe(75);
      }
      expect(again.map(({ code, err }) => (code === 0 ? "" : err))).toEqual(["", "", "", ""]);
      const alone = join(scratchFolder(), "out");
      const data = [
        "--data",
        join(folders.work, "train.tsv"),
        "--preset",
        join(folders.config, "training.json"),
      ];
      const options = ["--shards", "4", "--codec", "int8", "--out", alone];
      expect(runBuilt(["train", ...data, ...options])).toMatchObject({ code: 0 });
      expect(bytesOf(model, "model.safetensors")).toEqual(bytesOf(alone, "model.safetensors"));
    }, 120_000);
  },
);
