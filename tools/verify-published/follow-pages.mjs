import { readFileSync } from "node:fs";
import { join } from "node:path";
import { followPage } from "../walkthrough/follow-page.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { listInstalled } from "./adopt.mjs";

/**
 * Says where a page led.
 *
 * @typedef {{ name: string, findings: readonly string[] }} Guided
 */

/**
 * Lists the pages that lead a stranger to a plugin, and all that is installed on the way.
 *
 * @type {readonly { page: string, installed: readonly string[], leastSteps: number }[]}
 */
const PAGES = [
  { page: "docs/contributing/add-a-kernel.md", installed: ["@dqrm/core"], leastSteps: 9 },
  { page: "docs/contributing/add-a-codec.md", installed: ["@dqrm/comm", "@dqrm/core"], leastSteps: 8 },
];

/**
 * Follows each page to the letter, outside the repository and with the published packages.
 *
 * @param {string} base
 * @param {NodeJS.ProcessEnv} env in which npm asks the local registry
 * @returns {Promise<Guided[]>}
 */
export async function followPages(base, env) {
  const quiet = { ...env, NO_COLOR: "1", FORCE_COLOR: "0", npm_config_yes: "true" };
  const guided = [];
  for (const { page, installed, leastSteps } of PAGES) {
    const text = readFileSync(join(root, page), "utf8");
    const place = { folder: join(base, page.replaceAll("/", "-")), env: quiet };
    const { findings, folder, steps } = await followPage(text, place);
    if (findings.length === 0) findings.push(...(await judge(folder, installed)));
    if (findings.length === 0 && steps < leastSteps)
      findings.push(`it has ${steps} steps, expected ${leastSteps}`);
    guided.push({ name: `${page} leads a stranger to a plugin that passes the kit`, findings });
  }
  return guided;
}

/**
 * @param {string} folder
 * @param {readonly string[]} expected
 */
async function judge(folder, expected) {
  const arrived = listInstalled(folder).join();
  const findings = arrived === expected.join() ? [] : [`installed ${arrived}, expected ${expected.join()}`];
  const compiler = join(root, "node_modules", "@typescript", "native", "bin", "tsc");
  const { code, output } = await runNode([compiler, "-p", "jsconfig.json", "--pretty", "false"], {
    cwd: folder,
  });
  return code === 0 ? findings : [...findings, `the types of the plugin are wrong\n${output}`];
}
