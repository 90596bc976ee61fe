import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes a directory that is removed when the test ends. */
export async function scratchDirectory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "dqrm-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
