import { fileURLToPath } from "node:url";
import { build } from "vite";

/**
 * Bundles an entry for Node.js, which reads no TypeScript, or for a browser.
 *
 * @returns the text of each file by its name; the first is the entry
 */
export async function bundle(entry: string, host: "node" | "browser"): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    root: fileURLToPath(new URL("..", import.meta.url)),
    resolve: { conditions: ["@dqrm/source", host, "import", "default"] },
    worker: { format: "es" },
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      assetsInlineLimit: 0,
      lib: { entry: fileURLToPath(new URL(entry, import.meta.url)), formats: ["es"], fileName: "entry" },
      rolldownOptions: { external: host === "node" ? [/^node:/, "webgpu"] : [] },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const chunks = outputs.flatMap((item) => ("output" in item ? item.output : []));
  return new Map(
    chunks.map((chunk) => [chunk.fileName, String(chunk.type === "chunk" ? chunk.code : chunk.source)]),
  );
}
