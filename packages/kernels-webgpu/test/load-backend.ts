import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { KernelBackend, Unavailable } from "@dqrm/core";
import { connectThread } from "@dqrm/device-bridge/node";
import { load } from "../src/bridge/load.ts";
import type { DeviceOptions } from "../src/device/device-options.ts";
import { bundle } from "./bundle.ts";

/** Below the package, so that the worker finds the package webgpu. */
const folder = fileURLToPath(new URL("../.tsc", import.meta.url));

let worker: Promise<URL> | undefined;

async function bundleWorker(): Promise<URL> {
  const [code] = (await bundle("../src/node/worker.ts", "node")).values();
  mkdirSync(folder, { recursive: true });
  const file = join(mkdtempSync(join(folder, "worker-")), "worker.mjs");
  writeFileSync(file, code);
  return pathToFileURL(file);
}

/** Gives the address of the worker's module, bundled once. */
export function workerUrl(): Promise<URL> {
  worker ??= bundleWorker();
  return worker;
}

/** Loads the kernels in Node.js from their sources. */
export async function loadBackend(options: DeviceOptions = {}): Promise<KernelBackend | Unavailable> {
  return load(connectThread(new Worker(await workerUrl())), options);
}

const tried = await loadBackend();

/** Says why there is no device to test on, or undefined when there is one. */
export const noDevice: string | undefined = "unavailable" in tried ? tried.unavailable : undefined;
