import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "vitest";

test("the modules in src are what assembly/ compiles to", async () => {
  const script = fileURLToPath(new URL("../scripts/build-wasm.mjs", import.meta.url));

  // Rejects with the names of the files that differ.
  await promisify(execFile)(process.execPath, [script, "--check"]);
});
