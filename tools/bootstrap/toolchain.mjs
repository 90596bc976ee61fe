import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { outcomeOfFindings } from "./check.mjs";

/**
 * Checks the programs whose version is easily another one than the manifest seems to say.
 *
 * @returns {Promise<import("./check.mjs").Outcome>}
 */
export async function checkToolchain() {
  const findings = [];
  const { output } = await runNode([join(root, "node_modules", ".bin", "tsc"), "--version"]);
  const compiler = output.trim();
  // Two packages bring a `tsc`; which one is linked depends on the name of the alias in package.json.
  if (!/^Version 7\./.test(compiler))
    findings.push(`node_modules/.bin/tsc is ${compiler}, expected Version 7.x`);
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    findings.push(`Node is ${process.version}, expected ${engines.node}`);
  return outcomeOfFindings(
    findings,
    `Node ${process.versions.node}, tsc ${compiler.replace("Version ", "")}`,
  );
}
