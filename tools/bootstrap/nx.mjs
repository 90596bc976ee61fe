import { join } from "node:path";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { keepFailures } from "./nx-output.mjs";

/**
 * Builds every package; nx puts back from its cache what did not change.
 */
export function buildPackages() {
  return runNx(["build"]);
}

/**
 * Runs targets of every package, which must be built: nx would otherwise take `dist` away and put it back from its cache
 * while another check reads it.
 *
 * @param {readonly string[]} targets
 */
export function runTargets(targets) {
  return runNx(targets, "--excludeTaskDependencies");
}

/**
 * Runs targets of every package through nx and its cache; nx neither asks anything nor contacts anyone.
 *
 * @param {readonly string[]} targets
 * @param {readonly string[]} flags
 * @returns {Promise<import("../workspace/run-command.mjs").CommandResult>} with the output of failed tasks alone
 */
async function runNx(targets, ...flags) {
  // nx passes over a package without the script, as if there were nothing to check in it.
  const missing = listPackages().flatMap(({ name, manifest }) =>
    targets
      .filter((target) => manifest.scripts?.[target] === undefined)
      .map((target) => `${name}: ${target}`),
  );
  if (missing.length > 0)
    return { code: 1, output: `scripts missing in package.json: ${missing.join(", ")}` };
  const program = join(root, "node_modules", "nx", "dist", "bin", "nx.js");
  const env = {
    ...process.env,
    NX_TUI: "false",
    NX_DAEMON: "false",
    NX_NO_CLOUD: "true",
    FORCE_COLOR: "0",
    NO_COLOR: "1",
  };
  const args = [program, "run-many", "--output-style=stream", ...flags, "-t", ...targets];
  const { code, output } = await runNode(args, { cwd: root, env });
  return { code, output: code === 0 ? output : keepFailures(output) };
}
