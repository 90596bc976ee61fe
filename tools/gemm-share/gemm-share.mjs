import { join } from "node:path";
import { runNode } from "../workspace/run-command.mjs";
import { root } from "../workspace/root.mjs";

/** @import { Outcome } from "../bootstrap/check.mjs" */

/**
 * A compiler that spills the accumulators of a matrix product to memory loses half its speed without a word. Good builds
 * reach nine tenths of the peak; the margin is for machines that do other work meanwhile.
 */
const LEAST_SHARE = 0.5;

/** Nothing is faster than the peak, but other work may meet one of the two alone; beyond this the peak was measured wrongly. */
const MOST_SHARE = 1.3;

/** Other work may spoil a measurement; a build that spills spoils every one of them. */
const ATTEMPTS = 3;

/**
 * Holds what is read of the result of `dqrm bench kernels --json`.
 *
 * @typedef {object} KernelsBench
 * @property {Readonly<Record<string, string>>} skipped
 * @property {readonly { op: string, backend: string, share: { best: number } | null }[]} products
 */

/**
 * Runs the matrix products of the native kernels, and fails when none of an op's comes near the peak of the same moment in
 * any of a few attempts.
 *
 * @returns {Promise<Outcome>}
 */
export async function checkGemmShare() {
  let outcome = await measureShares();
  for (let attempt = 1; outcome.verdict === "failed" && attempt < ATTEMPTS; attempt++) {
    outcome = await measureShares();
  }
  return outcome;
}

/** @returns {Promise<Outcome>} */
async function measureShares() {
  const command = join(root, "packages", "dqrm", "dist", "bin", "dqrm.js");
  const args = ["bench", "kernels", "--kernels", "native", "--samples", "64,256", "--rounds", "2", "--json"];
  const { code, output } = await runNode([command, ...args], { cwd: root });
  const line = output.split("\n").findLast((text) => text.startsWith("{"));
  if (code !== 0 || line === undefined) return { verdict: "failed", output };
  return judgeShares(JSON.parse(line));
}

/**
 * Judges the best share of the peak that each op reached.
 *
 * @param {KernelsBench} bench
 * @returns {Outcome}
 */
export function judgeShares({ products, skipped }) {
  if (skipped.native !== undefined) return { verdict: "skipped", output: "", note: skipped.native };
  const best = /** @type {Map<string, number>} */ (new Map());
  for (const { backend, op, share } of products) {
    const reached = backend === "native" ? (share?.best ?? 0) : 0;
    best.set(op, Math.max(reached, best.get(op) ?? 0));
  }
  const findings = [...best].flatMap(([op, share]) =>
    share >= LEAST_SHARE && share <= MOST_SHARE
      ? []
      : [`${op} of the native kernels reaches ${percent(share)} of the peak at best`],
  );
  if (best.size === 0) findings.push("no product was timed");
  const note = [...best].map(([op, share]) => `${op} ${percent(share)}`).join(", ");
  return { verdict: findings.length === 0 ? "passed" : "failed", output: findings.join("\n"), note };
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(100 * share)} %`;
}
