#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { setImmediate } from "node:timers/promises";
import { parseJson } from "@dqrm/core";
import { runCommand } from "../cli/program.ts";

const { stderr, stdout } = process;
const interrupt = new AbortController();
process.once("SIGINT", () => {
  interrupt.abort();
});

// A reader such as head may close the pipe early; what it did not want to read is no failure.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const manifest = parseJson(
  "package.json",
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);
const version =
  typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";

process.exitCode = await runCommand(process.argv.slice(2), {
  terminal: {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    interactive: stderr.isTTY && process.env.TERM !== "dumb" && process.env.CI === undefined,
    columns: stderr.columns,
    now: () => performance.now(),
    signal: interrupt.signal,
  },
  importModule: (specifier) => import(specifier),
  studyWorkerUrl: new URL("./study-worker.js", import.meta.url),
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
});
