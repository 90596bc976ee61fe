import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

/** Bundles a worker of the tests for Node.js, which reads no TypeScript, and gives its address. */
export async function bundleWorker(entry: string): Promise<URL> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "node20",
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ["es"], fileName: "entry" },
      rolldownOptions: { external: /^node:/ },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const chunks = outputs.flatMap((item) => ("output" in item ? item.output : []));
  const code = chunks.flatMap((chunk) => (chunk.type === "chunk" ? [chunk.code] : [])).join("");
  const file = join(mkdtempSync(join(tmpdir(), "dqrm-bridge-")), "worker.mjs");
  writeFileSync(file, code);
  return pathToFileURL(file);
}
