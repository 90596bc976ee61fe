import { gradientPresets, parseConfig, presets, setConfigValues, type GradientPresetName } from "@dqrm/dlrm";
import { expect, test } from "vitest";

const NAMES = Object.keys(gradientPresets) as GradientPresetName[];

test.each(NAMES)("the preset %s is a configuration that is accepted as it was written", (name) => {
  const config = { ...presets.demo, gradients: { shards: 4, ...gradientPresets[name] } };

  expect(parseConfig("test", JSON.parse(JSON.stringify(config)))).toEqual(config);
});

test.each([
  [["gradients.rows.codec", "lowrank"], "gradients.rows.codec", '"rows", "topk" or "randomk"'],
  [["gradients.layers.values", "ternary"], "gradients.layers.values", '"int8" with codec "meanscale"'],
  [
    ["gradients.layers.rounding", "stochastic"],
    "gradients.layers.rounding",
    '"nearest" with codec "meanscale"',
  ],
  [["gradients.layers.scale", "block"], "gradients.layers.scale", '"tensor" or "row" with codec "meanscale"'],
  [["gradients.rows.scale", "row"], "gradients.rows.scale", '"tensor" with codec "meanscale"'],
  [["gradients.layers.blockValues", "48"], "gradients.layers.blockValues", "a power of two"],
  [["gradients.shards", "0"], "gradients.shards", "an integer in [1, 65535]"],
] as const)("%j beside the paper's scheme is refused where it stands", (assignment, path, expected) => {
  const paper = Object.entries(gradientPresets["paper-int8"]).map(
    ([key, value]) => [`gradients.${key}`, JSON.stringify(value)] as const,
  );

  expect(() => setConfigValues(presets.demo, [...paper, assignment])).toThrow(
    expect.objectContaining({ code: "CONFIG", details: expect.objectContaining({ path }) as object }),
  );
  expect(() => setConfigValues(presets.demo, [...paper, assignment])).toThrow(expected);
});
