import { presets, setConfigValues } from "@dqrm/dlrm";
import { parseDataUrl } from "@dqrm/data";
import { describe, expect, test } from "vitest";
import { EXPERIMENTS } from "../src/experiment/experiments.ts";
import { runFileName } from "../src/study/saved-runs.ts";

describe.each(Object.entries(EXPERIMENTS))("experiment %s", (_name, chosen) => {
  test("has variants that fit its presets, on generated data and on files", () => {
    const { assignments: shared, generatedAssignments } = chosen;
    for (const { assignments } of chosen.variants) {
      const onFiles = [...shared, ...assignments];
      const onGenerated = [...shared, ...generatedAssignments, ...assignments];
      expect(() => setConfigValues(presets[chosen.presets.files], onFiles)).not.toThrow();
      expect(() => setConfigValues(presets[chosen.presets.generated], onGenerated)).not.toThrow();
    }
  });

  test("has variants of different configurations", () => {
    const configs = chosen.variants.map(({ assignments, postTraining }) =>
      JSON.stringify([setConfigValues(presets.demo, [...chosen.assignments, ...assignments]), postTraining]),
    );

    expect(new Set(configs).size).toBe(configs.length);
  });

  test("names its variants so that a list and a file name tell them apart", () => {
    const names = chosen.variants.map(({ name }) => name);
    const files = names.map((variant) => runFileName({ dataset: "planted", variant, seed: 1 }));

    expect(names.filter((name) => name.includes(","))).toEqual([]);
    expect(new Set(files).size).toBe(names.length);
  });

  test("gives as many numbers of the paper for a variant as it has columns for", () => {
    const counts = chosen.variants.flatMap(({ paper }) => (paper === undefined ? [] : [paper.length]));

    expect(counts.filter((count) => count !== chosen.paperColumns.length)).toEqual([]);
  });

  test("runs on generated data where the call names none", () => {
    expect(chosen.data.filter(({ address }) => parseDataUrl(address) === undefined)).toEqual([]);
  });
});
