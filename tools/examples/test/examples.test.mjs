import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../workspace/root.mjs";
import { runNode } from "../../workspace/run-command.mjs";

/** @param {readonly string[]} path */
const example = (...path) => join(root, "examples", ...path);

/** @param {readonly string[]} path */
async function run(...path) {
  const { code, output } = await runNode([example(...path)]);
  expect(output).not.toContain("Error");
  expect(code).toBe(0);
  const number = (/** @type {RegExp} */ pattern) => Number(pattern.exec(output)?.[1]);
  return {
    output,
    first: number(/loss ([0-9.]+) at first/),
    last: number(/, ([0-9.]+) at last/),
    bytes: number(/of ([0-9]+) bytes/),
    sent: number(/sent as ([0-9]+)/),
  };
}

/** @param {readonly string[]} path */
const linesOf = (...path) => readFileSync(example(...path), "utf8").split("\n");

for (const name of ["tfjs-two-tower", "tfjs-dlrm"]) {
  test(`${name} learns before and after, loads what it saved, and saves less after`, async () => {
    const before = await run(name, "before.mjs");
    const after = await run(name, "after.mjs");

    for (const { first, last, output } of [before, after]) {
      expect(last).toBeLessThan(first);
      expect(output).toContain("loaded model gives the same scores: true");
    }
    expect(after.bytes).toBeLessThan(before.bytes / 3);
  });

  test(`the page of ${name} shows the lines that differ`, () => {
    const [before, after] = [linesOf(name, "before.mjs"), linesOf(name, "after.mjs")];
    const page = linesOf(name, "README.md");

    const gone = before.filter((line) => !after.includes(line)).map((line) => `-${line}`);
    const come = after.filter((line) => !before.includes(line)).map((line) => `+${line}`);

    expect([...gone, ...come].filter((line) => !page.includes(line))).toEqual([]);
    expect(come.length).toBeGreaterThan(0);
  });
}

test("tfjs-data-parallel ends with one model on both workers, for fewer bytes", async () => {
  const { bytes, first, last, output, sent } = await run("tfjs-data-parallel", "train.mjs");

  expect(last).toBeLessThan(first);
  expect(output).toContain("both workers hold the same model: true");
  expect(sent).toBeLessThan(bytes / 3);
});
