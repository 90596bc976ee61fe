/** @import { Check, Outcome, Tally } from "./check.mjs" */

const MARKS = { passed: "ok  ", failed: "FAIL", skipped: "skip" };

/**
 * Runs checks, `width` at a time, prints each as it ends, and counts.
 *
 * @param {readonly Check[]} checks
 * @param {{ width: number, print: (line: string) => void, now: () => number }} options
 * @returns {Promise<Tally>}
 */
export async function runChecks(checks, { width, print, now }) {
  const waiting = [...checks];
  const busyLanes = new Set();
  const tally = { passed: 0, failed: 0, skipped: 0 };

  async function work() {
    for (;;) {
      const index = waiting.findIndex(({ lane }) => lane === undefined || !busyLanes.has(lane));
      const check = waiting.splice(index, index < 0 ? 0 : 1)[0];
      if (check === undefined) return;
      if (check.lane !== undefined) busyLanes.add(check.lane);
      const start = now();
      const outcome = await runCheck(check);
      if (check.lane !== undefined) busyLanes.delete(check.lane);
      addTo(tally, outcome);
      print(describe(check, outcome, now() - start));
    }
  }

  // A worker that finds only checks of busy lanes stops; the one that holds the lane goes on with them.
  await Promise.all(Array.from({ length: width }, work));
  return tally;
}

/**
 * @param {Check} check
 * @returns {Promise<Outcome>}
 */
async function runCheck(check) {
  try {
    return await check.run();
  } catch (error) {
    return {
      verdict: "failed",
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/**
 * @param {Tally} tally
 * @param {Outcome} outcome
 */
function addTo(tally, { verdict, tests }) {
  tally[verdict] += 1;
  for (const kind of /** @type {const} */ (["passed", "failed", "skipped"]))
    tally[kind] += tests?.[kind] ?? 0;
}

/**
 * @param {Check} check
 * @param {Outcome} outcome
 * @param {number} milliseconds
 */
function describe({ name, about }, { verdict, output, note, tests }, milliseconds) {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`.padStart(7);
  const counted = tests && `${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped`;
  const remarks = [counted, note].filter(Boolean).join("; ");
  const line = `${MARKS[verdict]} ${name.padEnd(12)} ${seconds}  ${remarks || about}`;
  return verdict === "failed" ? `${line}\n${indent(output)}` : line;
}

/** @param {string} text */
function indent(text) {
  return text.trimEnd().replace(/^/gm, "     ");
}
