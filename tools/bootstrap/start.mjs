import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../workspace/root.mjs";
import { installIfNeeded } from "./install.mjs";
import { buildPackages } from "./nx.mjs";

/** @param {string} message */
function say(message) {
  if (process.stderr.isTTY) process.stderr.write(`${message}\n`);
}

say("Installing what is missing …");
await installIfNeeded(root);

say("Building …");
const build = await buildPackages();
if (build.code !== 0) {
  process.stderr.write(build.output);
  process.exit(1);
}

const command = join(root, "packages", "dqrm", "dist", "bin", "dqrm.js");
const demo = spawn(process.execPath, [command, "demo", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
demo.on("close", (code) => {
  process.exitCode = code ?? 1;
});
