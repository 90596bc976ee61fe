import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { built, runBuilt, scratchFolder, SMALL } from "./call.ts";
import { whyNoGloo } from "./why-no-gloo.ts";

const reason = built ? await whyNoGloo() : "the command is not built";
if (reason !== undefined) console.warn(`experiments of processes are not tested: ${reason}`);

const DATA = "synthetic:planted?tableRows=10,100,1000";

/** Gives what the runs of some variants of a small experiment found, without speeds. */
function runsOf(experiment: string, variants: string, ...more: readonly string[]): unknown {
  const out = scratchFolder();
  const call = ["experiment", experiment, "--data", DATA, "--rows", "2000", "--seeds", "1", "--epochs", "2"];
  const chosen = ["--variants", variants];
  const outcome = runBuilt([...call, ...chosen, ...SMALL, "--kernels", "reference", "--out", out, ...more]);
  expect(outcome).toMatchObject({ code: 0 });
  const { command, runs } = JSON.parse(readFileSync(join(out, experiment, "result.json"), "utf8")) as {
    readonly command: string;
    readonly runs: readonly Readonly<Record<string, unknown>>[];
  };
  expect(command.includes("--transport gloo")).toBe(more.length > 0);
  return runs.map((run) => ({ ...run, samplesPerSecond: 0, seconds: 0 }));
}

test.skipIf(reason !== undefined).each([
  ["table3", "floats,INT8 from 2,INT4 from 4"],
  ["table4", "sparse floats"],
])(
  "%s finds with a process for each part of a batch what it finds with one for all, number by number: %s",
  (experiment, variants) => {
    expect(runsOf(experiment, variants, "--transport", "gloo")).toEqual(runsOf(experiment, variants));
  },
  120_000,
);

test.skipIf(!built)("an experiment says what it lacks where there is no such transport", () => {
  const call = ["experiment", "table3", "--data", DATA, "--rows", "500", "--variants", "INT8 from 2"];

  const outcome = runBuilt([...call, "--transport", "pigeons", "--out", scratchFolder()]);

  expect(outcome.code).toBe(1);
  expect(outcome.err).toContain("@dqrm/comm-pigeons is not to be had");
});
