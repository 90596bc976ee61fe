import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares FP32 and INT4 on several data: populations of our generator with the shapes of public logs, or any files given.
 *
 * @source row counts after Avazu, MovieLens 1M, Book-Crossing and KDD Cup 2012 track 2, the longest ones scaled down; the
 *         clicks are planted, so that nothing of those logs is in them but the lengths of their tables
 */
export const datasets: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Several data sets",
  source: "the paper reports Criteo Kaggle and Terabyte only",
  expectation:
    "INT4 gains where long tables of rare rows overfit, and costs little where tables are short and their rows frequent.",
  presets: { generated: "demo", files: "recommended" },
  epochs: 8,
  parts: ["size", "codes"],
  data: [
    { name: "planted", address: "synthetic:planted" },
    { name: "planted, other effects", address: "synthetic:planted?effectSeed=2" },
    {
      name: "like Avazu",
      address:
        "synthetic:planted?denseFeatures=1&tableRows=24,7,7,474,775,26,856,56,40,27000,67000,825,5,4,260,8,9,43,4,68,17,6&effectDeviation=0.3&interactionEffect=0.2&intercept=-2",
    },
    {
      name: "like MovieLens",
      address:
        "synthetic:planted?denseFeatures=1&tableRows=6040,3706,3439,21,18,7,2&effectDeviation=0.5&interactionEffect=0.6&intercept=0.2",
    },
    {
      name: "like Book-Crossing",
      address:
        "synthetic:planted?denseFeatures=1&tableRows=35000,113000,34000,5600,7500&effectDeviation=0.6&interactionEffect=0.8&intercept=0",
    },
    {
      name: "like KDD Cup 2012",
      address:
        "synthetic:planted?denseFeatures=2&tableRows=58000,66000,10000,40,100,2500,3000,6000,700,3,6&effectDeviation=0.4&interactionEffect=0.4&intercept=-3",
    },
  ],
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]] },
    { name: "INT8", assignments: [["quantization.tables.bits", "8"]] },
    { name: "INT4", assignments: [] },
    {
      name: "INT4 and INT8 layers",
      assignments: [
        ["quantization.mlp.bits", "8"],
        ["quantization.mlp.bias", "float"],
      ],
    },
  ],
};
