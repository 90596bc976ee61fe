import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { KernelBackend, Unavailable } from "@dqrm/core";
import { connectThread } from "@dqrm/device-bridge/node";
import { build } from "vite";
import { load } from "../src/bridge/load.ts";

/** Below the package, so that the worker finds the packages of TensorFlow.js and webgpu. */
const folder = fileURLToPath(new URL("../.tsc", import.meta.url));

/** Bundles the worker for Node.js, which reads no TypeScript, and gives its address. */
async function bundleWorker(): Promise<URL> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    resolve: { conditions: ["@dqrm/source", "node", "import", "default"] },
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      lib: {
        entry: fileURLToPath(new URL("../src/node/worker.ts", import.meta.url)),
        formats: ["es"],
        fileName: "worker",
      },
      rolldownOptions: { external: [/^node:/, /^@tensorflow\//, "webgpu"] },
    },
  });
  mkdirSync(folder, { recursive: true });
  const target = mkdtempSync(join(folder, "worker-"));
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((item) =>
    "output" in item ? item.output : [],
  );
  for (const chunk of outputs) {
    if (chunk.type !== "chunk") continue;
    mkdirSync(dirname(join(target, chunk.fileName)), { recursive: true });
    writeFileSync(join(target, chunk.fileName), chunk.code);
  }
  return pathToFileURL(join(target, outputs[0].fileName));
}

let worker: Promise<URL> | undefined;

/** Loads the kernels from their sources, on the adapter that the package webgpu finds. */
export async function loadWebgpu(): Promise<KernelBackend | Unavailable> {
  worker ??= bundleWorker();
  return load(connectThread(new Worker(await worker)));
}
