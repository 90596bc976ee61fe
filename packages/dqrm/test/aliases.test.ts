import { presets, setConfigValues } from "@dqrm/dlrm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { aliasAssignments, aliasInputs, DLRM_ALIASES } from "../src/commands/dlrm-aliases.ts";
import { UsageError } from "../src/terminal/report-error.ts";
import { call } from "./call.ts";

/** A value that each flag of the reference takes, and what it means here. */
const MEANINGS: Readonly<Record<string, readonly [text: string, value: unknown]>> = {
  "--arch-mlp-bot": ["13-512-256-64-16", [512, 256, 64, 16]],
  "--arch-mlp-top": ["512-256-1", [512, 256, 1]],
  "--arch-sparse-feature-size": ["16", 16],
  "--arch-interaction-op": ["dot", "dot"],
  "--arch-interaction-itself": ["", true],
  "--mini-batch-size": ["128", 128],
  "--test-mini-batch-size": ["16384", 16384],
  "--nepochs": ["2", 2],
  "--test-freq": ["10240", 10240],
  "--learning-rate": ["0.1", 0.1],
  "--lr-num-warmup-steps": ["8000", 8000],
  "--lr-decay-start-step": ["70000", 70000],
  "--lr-num-decay-steps": ["30000", 30000],
  "--loss-function": ["wbce", "wbce"],
  "--loss-weights": ["1.0-2.5", [1, 2.5]],
  "--loss-threshold": ["0.01", 0.01],
  "--round-targets": ["True", true],
  "--optimizer": ["rwsadagrad", "rowwise-adagrad"],
  "--max-ind-range": ["10000000", 10_000_000],
  "--data-sub-sample-rate": ["0.875", 0.875],
  "--weighted-pooling": ["learned", "learned"],
  "--qr-flag": ["", true],
  "--qr-threshold": ["200", 200],
  "--qr-collisions": ["4", 4],
  "--qr-operation": ["concat", "concat"],
  "--md-flag": ["", true],
  "--md-threshold": ["200", 200],
  "--md-temperature": ["0.3", 0.3],
  "--md-round-dims": ["", true],
};

const optionOf = (flag: string): string =>
  flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function valueAt(root: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null) return undefined;
    return Object.entries(value).find(([name]) => name === key)?.[1];
  }, root);
}

test("every alias has a meaning here, and every meaning an alias", () => {
  expect(DLRM_ALIASES.map(({ flag }) => flag).sort()).toEqual(Object.keys(MEANINGS).sort());
});

test("each alias sets the value that its meaning says, in a configuration that is accepted", () => {
  for (const { flag, path } of DLRM_ALIASES) {
    const [text, value] = MEANINGS[flag];

    const assignments = aliasAssignments({ [optionOf(flag)]: text === "" ? true : text });

    expect(
      assignments.map(([at]) => at),
      flag,
    ).toEqual([path]);
    expect(valueAt(setConfigValues(presets.kaggle, assignments), path), flag).toEqual(value);
  }
});

test("any subset of the flags sets exactly its values", () => {
  fc.assert(
    fc.property(fc.subarray([...DLRM_ALIASES]), (subset) => {
      const options = Object.fromEntries(
        subset.map(({ flag, value }) => [optionOf(flag), value === undefined ? true : MEANINGS[flag][0]]),
      );
      expect(aliasAssignments(options).map(([path]) => path)).toEqual(subset.map(({ path }) => path));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("a value without a counterpart is a UsageError that lists those that have one", () => {
  for (const [option, text] of [
    ["optimizer", "adam"],
    ["archInteractionOp", "sum"],
    ["archMlpTop", "512-x-1"],
    ["lossWeights", "a-b"],
  ]) {
    expect(() => aliasAssignments({ [option]: text })).toThrow(UsageError);
    expect(() => aliasAssignments({ [option]: text })).toThrow("expected");
  }
});

test("the inputs that --arch-mlp-bot names are kept apart from its layers", () => {
  expect(aliasInputs({ archMlpBot: "13-512-256-64-16" })).toBe(13);
  expect(aliasInputs({})).toBeUndefined();
});

test("--max-ind-range -1 means no limit, as in the reference", () => {
  expect(aliasAssignments({ maxIndRange: "-1" })).toEqual([["data.categories.maxIndexRange", "0"]]);
});

test("the help of train names every alias with the value that it sets", async () => {
  const { code, out } = await call(["train", "--help"]);

  expect(code).toBe(0);
  // The help wraps long lines; joined words are compared.
  const words = out.replace(/\s+/g, " ");
  for (const { flag, path, value } of DLRM_ALIASES) {
    expect(words).toContain(`${flag}${value === undefined ? "" : ` <${value}>`} sets ${path}`);
  }
});
