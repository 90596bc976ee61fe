import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Environment } from "@dqrm/comm";
import { afterAll, onTestFinished } from "vitest";
import type { ImportModule } from "../src/pipeline/choose-kernels.ts";
import { freePort } from "../src/bin/start-process.ts";
import { startTimer } from "../src/bin/start-timer.ts";
import { runCommand } from "../src/cli/program.ts";
import { fakeTerminal } from "./fake-terminal.ts";

/** What one call of the command came to. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a test may change about the surroundings of a call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Sees everything that is written to standard error, at once. */
  readonly onErr?: (text: string) => void;
  /** Where served rows are encoded; the system's own when absent. */
  readonly temporaryDirectory?: string;
  /** Kernel plugins by package; none is installed without it. */
  readonly importModule?: ImportModule;
  /** What the process may still take. */
  readonly availableBytes?: number;
  /** The variables of the process. */
  readonly environment?: Environment;
  /** Called where the command lets the event loop run. */
  readonly pause?: () => Promise<void>;
}

/** Longer than the interval of plain progress lines, so that every step prints one. */
const TICK_MS = 20_000;

const notInstalled: ImportModule = (specifier) =>
  Promise.reject(
    Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" }),
  );

/** The built worker of demo and experiment; those tests are skipped where the command was not built. */
export const studyWorkerUrl: URL = new URL("../dist/bin/study-worker.js", import.meta.url);
/** The built program; tests of the process itself are skipped without it. */
export const builtProgram: string = fileURLToPath(new URL("../dist/bin/dqrm.js", import.meta.url));
export const built: boolean = existsSync(builtProgram) && existsSync(studyWorkerUrl);

/** Calls the command in this process, with a clock that moves at every look. */
export async function call(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const terminal = fakeTerminal(options.signal === undefined ? {} : { signal: options.signal });
  const code = await runCommand(args, {
    terminal: {
      ...terminal,
      now: () => {
        terminal.advance(TICK_MS);
        return terminal.now();
      },
      err: (text) => {
        terminal.err(text);
        options.onErr?.(text);
      },
    },
    importModule: options.importModule ?? notInstalled,
    environment: options.environment ?? {},
    startTimer,
    startProcess: () => {
      throw new Error("a call of the command in a test starts no process");
    },
    freePort,
    studyWorkerUrl,
    trainWorkerUrl: new URL("../dist/bin/train-worker.js", import.meta.url),
    lookupWorkerUrl: new URL("../dist/bin/lookup-worker.js", import.meta.url),
    machine: { dqrm: "0.0.0", node: "20", platform: "test", cpu: "test", cores: 2 },
    pause: options.pause ?? (() => Promise.resolve()),
    temporaryDirectory: options.temporaryDirectory ?? tmpdir(),
    measureMemory: () => ({ heapBytes: 0, arrayBytes: 0 }),
    processMemory: () => ({ availableBytes: options.availableBytes ?? 1e9, peakRssBytes: 12_345_678 }),
  });
  return { code, out: terminal.stdout(), err: terminal.stderr() };
}

/** Calls the command and expects it to do its work. */
export async function done(args: readonly string[], options: CallOptions = {}): Promise<Outcome> {
  const outcome = await call(args, options);
  if (outcome.code !== 0)
    throw new Error(`dqrm ${args.join(" ")} ended with ${outcome.code}: ${outcome.err}`);
  return outcome;
}

/** Calls the command and gives the line that says why it failed. */
export async function failure(args: readonly string[]): Promise<Failure> {
  const { code, err, out } = await call(args);
  const line = err.split("\n").find((text) => text.startsWith("error ")) ?? "";
  return { code, line, out };
}

/** How a call failed. */
export interface Failure {
  readonly code: number;
  readonly line: string;
  readonly out: string;
}

/** The last line of standard output, as JSON. */
export function lastJson({ out }: Pick<Outcome, "out">): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
  if (typeof value !== "object" || value === null) throw new TypeError("expected a JSON object");
  return Object.fromEntries(Object.entries(value));
}

/** Creates a folder that is removed when the file's tests end. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dqrm-test-"));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Creates a folder that is removed when the test ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "dqrm-test-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A model small enough for a test. */
export const SMALL: readonly string[] = [
  "--set",
  "model.bottom=[8,4]",
  "--set",
  "model.top=[8,1]",
  "--set",
  "model.embeddingDim=4",
  "--set",
  "training.batchSize=32",
];

/** Rows of real data that come with @dqrm/data. */
export function excerpt(name: string): string {
  return fileURLToPath(new URL(`../../data/test/data/${name}`, import.meta.url));
}

/** The whole sets, beside the repository where they are at hand. */
export function wholeSet(name: string): string {
  return fileURLToPath(new URL(`../../../../shared/data/${name}`, import.meta.url));
}

export function bytesOf(...parts: readonly string[]): Buffer {
  return readFileSync(join(...parts));
}

/** Calls the built program in a process of its own. */
export function runBuilt(args: readonly string[]): Outcome {
  const { status, stderr, stdout } = spawnSync(process.execPath, [builtProgram, ...args], {
    encoding: "utf8",
  });
  return { code: status ?? -1, out: stdout, err: stderr };
}
