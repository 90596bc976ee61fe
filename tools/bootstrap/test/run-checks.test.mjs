import { expect, test } from "vitest";
import { runChecks } from "../run-checks.mjs";

/**
 * @param {readonly import("../check.mjs").Check[]} checks
 * @param {number} [width]
 */
async function run(checks, width = 2) {
  const lines = /** @type {string[]} */ ([]);
  const tally = await runChecks(checks, { width, print: (line) => lines.push(line), now: () => 0 });
  return { tally, lines };
}

test("each check counts once, and the tests inside it count too", async () => {
  const { tally } = await run([
    {
      name: "a",
      about: "",
      run: async () => ({ verdict: "passed", output: "", tests: { passed: 4, failed: 0, skipped: 1 } }),
    },
    {
      name: "b",
      about: "",
      run: async () => ({ verdict: "failed", output: "why", tests: { passed: 0, failed: 2, skipped: 0 } }),
    },
    { name: "c", about: "", run: async () => ({ verdict: "skipped", output: "" }) },
  ]);

  expect(tally).toEqual({ passed: 5, failed: 3, skipped: 2 });
});

test("a check that throws has failed, and its output is printed", async () => {
  const { tally, lines } = await run([
    { name: "a", about: "", run: () => Promise.reject(new Error("no compiler")) },
  ]);

  expect(tally.failed).toBe(1);
  expect(lines[0]).toContain("no compiler");
});

test("the output of a check that passed is not printed", async () => {
  const { lines } = await run([
    { name: "a", about: "all is well", run: async () => ({ verdict: "passed", output: "noise" }) },
  ]);

  expect(lines[0]).toContain("all is well");
  expect(lines[0]).not.toContain("noise");
});

test("checks of one lane never overlap, and every check runs", async () => {
  let inside = 0;
  let most = 0;
  const ran = /** @type {string[]} */ ([]);
  const check = (/** @type {string} */ name, /** @type {string | undefined} */ lane) => ({
    name,
    about: "",
    ...(lane === undefined ? {} : { lane }),
    run: async () => {
      if (lane) most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setImmediate(resolve));
      if (lane) inside -= 1;
      ran.push(name);
      return { verdict: /** @type {const} */ ("passed"), output: "" };
    },
  });

  await run([check("a", "nx"), check("b", "nx"), check("c", "nx"), check("d", undefined)]);

  expect(most).toBe(1);
  expect(ran.sort()).toEqual(["a", "b", "c", "d"]);
});
