#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { parseJson } from "@dqrm/core";
import { runCommand } from "../cli/program.ts";
import { importModule } from "./import-module.ts";
import { freePort, startProcess } from "./start-process.ts";
import { startTimer } from "./start-timer.ts";

const { stderr, stdout } = process;
const interrupt = new AbortController();
process.once("SIGINT", () => {
  interrupt.abort();
});

/** The exit code after standard output failed; the command then ends as after an interrupt, and cleans up. */
let outputEnd: number | undefined;
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (outputEnd !== undefined) return;
  // A reader such as head may close the pipe early; what it did not want to read is no failure.
  outputEnd = error.code === "EPIPE" ? 0 : 1;
  if (outputEnd > 0)
    stderr.write(`error IO: write standard output: ${error.message}, expected room for it\n`);
  process.exitCode = outputEnd;
  interrupt.abort();
});

// Whoever closes standard error wants no notes; the results do not depend on them.
stderr.on("error", () => undefined);

const manifest = parseJson(
  "package.json",
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);
const version =
  typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";

const code = await runCommand(process.argv.slice(2), {
  terminal: {
    out: (text) => outputEnd === undefined && stdout.write(text),
    err: (text) => outputEnd === undefined && stderr.write(text),
    interactive: stderr.isTTY && process.env.TERM !== "dumb" && process.env.CI === undefined,
    columns: stderr.columns,
    now: () => performance.now(),
    signal: interrupt.signal,
  },
  importModule,
  environment: process.env,
  startTimer,
  startProcess,
  freePort,
  studyWorkerUrl: new URL("./study-worker.js", import.meta.url),
  trainWorkerUrl: new URL("./train-worker.js", import.meta.url),
  lookupWorkerUrl: new URL("./lookup-worker.js", import.meta.url),
  machine: {
    dqrm: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus().at(0)?.model ?? "unknown processor",
    cores: availableParallelism(),
  },
  pause: () => setImmediate(),
  temporaryDirectory: tmpdir(),
  measureMemory: () => {
    globalThis.gc?.();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return { heapBytes: heapUsed, arrayBytes: arrayBuffers };
  },
  processMemory: () => ({
    availableBytes: process.availableMemory(),
    // The system counts the largest size of the process in kibibytes.
    peakRssBytes: 1024 * process.resourceUsage().maxRSS,
  }),
});
process.exitCode = outputEnd ?? code;
