/**
 * Counts tests.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

/**
 * Says how a check ended. `tests` are those that ran inside it, beside the check itself.
 *
 * @typedef {object} Outcome
 * @property {"passed" | "failed" | "skipped"} verdict
 * @property {string} output printed when the check failed
 * @property {string} [note] one short remark for the line of the check
 * @property {Tally} [tests]
 */

/**
 * Describes one check of the repository. Checks of one lane never run at the same time.
 *
 * @typedef {object} Check
 * @property {string} name
 * @property {string} about what it establishes, for --list
 * @property {string} [lane]
 * @property {boolean} [needsBuild] left out when the build failed
 * @property {() => Promise<Outcome>} run
 */

/**
 * Turns the result of a command into the outcome of a check.
 *
 * @param {import("../workspace/run-command.mjs").CommandResult} result
 * @returns {Outcome}
 */
export function outcomeOf({ code, output }) {
  return { verdict: code === 0 ? "passed" : "failed", output };
}

/**
 * Turns a list of findings into the outcome of a check: none means passed.
 *
 * @param {readonly string[]} findings
 * @param {string} [note]
 * @returns {Outcome}
 */
export function outcomeOfFindings(findings, note = "") {
  return { verdict: findings.length === 0 ? "passed" : "failed", output: findings.join("\n"), note };
}
