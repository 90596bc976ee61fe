import { join } from "node:path";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { keepFailures } from "./nx-output.mjs";

/**
 * Runs targets of every package through nx and its cache; nx neither asks anything nor contacts anyone.
 *
 * @param {readonly string[]} targets
 * @returns {Promise<import("../workspace/run-command.mjs").CommandResult>} with the output of failed tasks alone
 */
export async function runTargets(targets) {
  const program = join(root, "node_modules", "nx", "dist", "bin", "nx.js");
  const env = {
    ...process.env,
    NX_TUI: "false",
    NX_DAEMON: "false",
    NX_NO_CLOUD: "true",
    FORCE_COLOR: "0",
    NO_COLOR: "1",
  };
  const args = [program, "run-many", "--output-style=stream", "-t", ...targets];
  const { code, output } = await runNode(args, { cwd: root, env });
  return { code, output: code === 0 ? output : keepFailures(output) };
}
