import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand } from "../workspace/run-command.mjs";
import { readSteps } from "./read-page.mjs";

/** @import { Step } from "./read-page.mjs" */

/**
 * Does what a page says, step by step, from an empty folder on; stops at the first step that does not go as the page says.
 *
 * @param {string} page in Markdown
 * @param {{ folder: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<{ findings: string[], steps: number, folder: string }>} what is wrong, and where the reader has arrived
 */
export async function followPage(page, place) {
  const steps = readSteps(page);
  let { folder } = place;
  mkdirSync(folder, { recursive: true });
  for (const [taken, step] of steps.entries()) {
    const { finding, now } = await take(step, { ...place, folder });
    folder = now;
    if (finding !== undefined) return { findings: [`line ${step.line}: ${finding}`], steps: taken, folder };
  }
  return { findings: [], steps: steps.length, folder };
}

/**
 * @param {Step} step
 * @param {{ folder: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<{ finding?: string, now: string }>}
 */
async function take(step, { folder, env }) {
  if (step.kind === "run") return run(step, { folder, env });
  const path = join(folder, step.path);
  if (step.kind === "write") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.text);
    return { now: folder };
  }
  const parts = readFileSync(path, "utf8").split(step.before);
  if (parts.length !== 2)
    return { finding: `${step.path} has the lines ${parts.length - 1} times, expected once`, now: folder };
  writeFileSync(path, parts.join(step.after));
  return { now: folder };
}

/**
 * @param {Extract<Step, { kind: "run" }>} step
 * @param {{ folder: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<{ finding?: string, now: string }>}
 */
async function run({ commands, fails, prints }, { folder, env }) {
  let now = folder;
  let output = "";
  let code = 0;
  for (const command of commands) {
    if (code !== 0) break;
    const target = /^cd (\S+)$/.exec(command)?.[1];
    if (target !== undefined) {
      now = join(now, target);
      continue;
    }
    const result = await runCommand("sh", ["-c", command], { cwd: now, env });
    ({ code } = result);
    output += result.output;
  }
  if ((code !== 0) !== fails)
    return {
      finding: `expected ${fails ? "a failure" : "success"}, the exit code is ${code}\n${output}`,
      now,
    };
  const missing = firstMissing(prints, output);
  return missing === undefined ? { now } : { finding: `expected the line "${missing}" in\n${output}`, now };
}

/**
 * Finds the first line that is not printed behind the ones before it; what stands around it, as a duration, may differ.
 *
 * @param {readonly string[]} expected
 * @param {string} output
 */
export function firstMissing(expected, output) {
  let from = 0;
  for (const line of expected) {
    const at = output.indexOf(line, from);
    if (at < 0) return line;
    from = at + line.length;
  }
  return undefined;
}
