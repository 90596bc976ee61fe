import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../../workspace/root.mjs";
import { runCommand } from "../../workspace/run-command.mjs";

/**
 * Runs .ci/run with a program in the place of npm.
 *
 * @param {string} npm lines of a shell script
 */
async function runWith(npm) {
  const folder = mkdtempSync(join(tmpdir(), "dqrm-ci-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, "npm");
  writeFileSync(program, `#!/bin/sh\n${npm}\n`);
  chmodSync(program, 0o755);
  const env = { ...process.env, CI: "", PATH: `${folder}${delimiter}${process.env["PATH"]}` };
  const { code, output } = await runCommand("bash", [join(root, ".ci", "run")], { env });
  return { code, last: output.trimEnd().split("\n").at(-1) };
}

const windows = process.platform === "win32";

test.skipIf(windows).each([
  ["all is well", "echo '5 passed, 0 failed, 1 skipped'", 0, "5 passed, 0 failed, 1 skipped"],
  ["something failed", "echo '5 passed, 2 failed, 0 skipped'; exit 1", 1, "5 passed, 2 failed, 0 skipped"],
  [
    "npm speaks after the count",
    "echo '5 passed, 2 failed, 0 skipped'; echo bye; exit 1",
    1,
    "5 passed, 2 failed, 0 skipped",
  ],
  ["npm is killed", "kill -9 $$", 137, "0 passed, 1 failed, 0 skipped"],
  ["the run ends early and calls it success", "echo starting", 1, "0 passed, 1 failed, 0 skipped"],
  [
    "a failure is counted and called success",
    "echo '5 passed, 1 failed, 0 skipped'",
    1,
    "5 passed, 1 failed, 0 skipped",
  ],
  ["nothing was tested", "echo '0 passed, 0 failed, 0 skipped'", 1, "0 passed, 0 failed, 0 skipped"],
])(
  "the count is the last line and the status tells failure from success when %s",
  async (_, npm, code, last) => {
    expect(await runWith(npm)).toEqual({ code, last });
  },
);
