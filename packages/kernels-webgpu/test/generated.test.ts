import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "vitest";

test("the shaders in src are those of shaders/", async () => {
  const script = fileURLToPath(new URL("../scripts/embed-shaders.mjs", import.meta.url));

  // Rejects when the file differs.
  await promisify(execFile)(process.execPath, [script, "--check"]);
});
