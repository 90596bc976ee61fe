import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planRelease } from "../bootstrap/changesets.mjs";
import { findFloorViolations } from "../floors/floors.mjs";
import { findBrokenLinks } from "../links/links.mjs";
import { copyCheckout } from "../workspace/copy-checkout.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { createCodec } from "./new-codec.mjs";
import { createKernel } from "./new-kernel.mjs";
import { createPackage } from "./new-package.mjs";

/**
 * Describes what a generator makes and how its author would finish it.
 *
 * @typedef {object} Trial
 * @property {string} what
 * @property {(base: string, name: string) => Promise<string[]>} create
 * @property {string} folder package whose tests run
 * @property {string} filter of the test files
 * @property {Record<string, string>} finished files that an author would write, and what makes the test pass
 */

/** @type {readonly Trial[]} */
const TRIALS = [
  {
    what: "package",
    create: createPackage,
    folder: "packages/trial",
    filter: "trial",
    finished: {
      "packages/trial/src/trial.ts":
        '/** Says it. */\nexport function trial(): string {\n  return "what an adopter sees first";\n}\n',
    },
  },
  {
    what: "kernel",
    create: createKernel,
    folder: "packages/kernels-trial",
    filter: "conformance",
    finished: {
      "packages/kernels-trial/src/ops/pack-codes.ts":
        'import { reference } from "@dqrm/core";\n/** Borrows. */\nexport const preparePackCodes = reference.ops.packCodes;\n',
    },
  },
  {
    what: "codec",
    create: createCodec,
    folder: "packages/comm",
    filter: "codecs/trial",
    finished: {
      "packages/comm/src/codecs/trial.ts":
        'import { none } from "./none.ts";\n/** Borrows. */\nexport const trial = none;\n',
    },
  },
];

/**
 * Runs each generator in a copy of the checkout: what it makes is tidy and fails its test, and passes once finished.
 *
 * @returns {Promise<import("../bootstrap/check.mjs").Outcome>}
 */
export async function checkGenerators() {
  const base = mkdtempSync(join(tmpdir(), "dqrm-generators-"));
  try {
    copyCheckout(base, { without: /(^|\/)dist$/ });
    const findings = [];
    const created = [];
    for (const trial of TRIALS) created.push(...(await trial.create(base, "trial")));
    findings.push(...(await findUntidy(base, created)));
    for (const trial of TRIALS) findings.push(...(await findUnbound(base, trial)));
    return { verdict: findings.length === 0 ? "passed" : "failed", output: findings.join("\n") };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/**
 * @param {string} base
 * @param {readonly string[]} created
 */
async function findUntidy(base, created) {
  const program = (/** @type {string[]} */ ...path) => join(root, "node_modules", ...path);
  const code = created.filter((path) => path.endsWith(".ts"));
  const runs = await Promise.all([
    runNode([program("prettier", "bin", "prettier.cjs"), "--check", ...created], { cwd: base }),
    runNode([program("eslint", "bin", "eslint.js"), ...code], { cwd: base }),
    runNode(
      [program("@typescript", "native", "bin", "tsc"), "-b", "packages/trial", "packages/kernels-trial"],
      { cwd: base },
    ),
  ]);
  const output = runs.filter((run) => run.code !== 0).map((run) => run.output);
  const about = (/** @type {string} */ finding) => finding.includes("trial");
  const { findings } = await planRelease(base);
  return [
    ...output,
    ...findings,
    ...findFloorViolations(base).filter(about),
    ...findBrokenLinks(base).filter(about),
  ];
}

/**
 * @param {string} base
 * @param {Trial} trial
 */
async function findUnbound(base, trial) {
  const before = await runTests(base, trial);
  for (const [path, text] of Object.entries(trial.finished)) writeFileSync(join(base, path), text);
  const after = await runTests(base, trial);
  const findings = [];
  if (before.numFailedTests === 0)
    findings.push(`the test of a new ${trial.what} does not fail\n${before.output}`);
  if (after.numFailedTests > 0 || after.numPassedTests === 0) {
    findings.push(`the test of a finished ${trial.what} does not pass\n${after.output}`);
  }
  return findings;
}

/**
 * @param {string} base
 * @param {Trial} trial
 * @returns {Promise<{ numPassedTests: number, numFailedTests: number, output: string }>}
 */
async function runTests(base, { folder, filter }) {
  const report = join(base, "report.json");
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [
    vitest,
    "run",
    filter,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ];
  const { output } = await runNode(args, { cwd: join(base, folder), env: { ...process.env, NO_COLOR: "1" } });
  try {
    return { ...JSON.parse(readFileSync(report, "utf8")), output };
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, output };
  }
}
