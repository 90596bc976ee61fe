import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/** The tables of Criteo Terabyte, 300 times shorter and none below 100 rows. */
const TABLES =
  "33267,100,100,100,100,3,100,100,62,32523,4440,1048,10,100,100,100,4,100,14,33314,24226,33156,1384,100,100,36";

/**
 * Quantizes the whole model in the ways that the paper compares, with its Terabyte model.
 *
 * @source DQRM Table 3 (Table 2 of the draft), lower half: Criteo Terabyte, period 1000, CPU
 */
export const table2Terabyte: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "The whole model in INT4, Terabyte shape",
  source:
    "DQRM Table 3 (Table 2 of the draft): Criteo Terabyte, batch 2048, SGD 0.1; here the same layers on planted tables 300 times shorter, with batch 128 and SGD 0.5, for there are fewer steps",
  expectation: "INT4 ends above FP32, with float layers or without.",
  assignments: [],
  presets: { generated: "terabyte", files: "terabyte" },
  generatedAssignments: [
    ["learningRate.base", "0.5"],
    ["training.batchSize", "128"],
    ["training.evaluateEverySteps", "0"],
    ["data.split", '{"kind":"temporal","validation":0.1,"test":0.1}'],
  ],
  data: [
    {
      name: "planted, Terabyte shape",
      address: `synthetic:planted?tableRows=${TABLES}&denseFeatures=13&denseEffect=0.15&effectDeviation=0.3&interactionEffect=0.16`,
    },
  ],
  rows: 150_000,
  epochs: 5,
  paperColumns: ["size", "train loss", "ms/step", "accuracy", "AUC"],
  parts: ["size", "speed"],
  trueShape: "terabyte",
  variants: [
    {
      name: "FP32",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["12.575 GB", "0.347", "19", "81.165 %", "0.8004"],
    },
    {
      name: "PTQ per table",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.mlp.bits", "32"],
      ],
      postTraining: "vanilla",
      paper: ["1.572 GB", "–", "–", "78.681 %", "0.7283"],
    },
    {
      name: "PACT/DoReFa with float layers",
      assignments: [
        ["quantization.tables.quantizer", "dorefa"],
        ["quantization.tables.refresh", "every-step"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["1.575 GB", "–", "> 1000", "not finished", "not finished"],
    },
    {
      name: "LSQ",
      assignments: [["quantization.tables.quantizer", "lsq"]],
      paper: ["1.572 GB", "0.350", "42", "81.134 %", "0.7996"],
    },
    {
      name: "LSQ with float layers",
      assignments: [
        ["quantization.tables.quantizer", "lsq"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["1.575 GB", "0.356", "42", "81.127 %", "0.7998"],
    },
    {
      name: "HAWQ (every step)",
      assignments: [["quantization.tables.refresh", "every-step"]],
      paper: ["1.572 GB", "–", "> 1000", "not finished", "not finished"],
    },
    {
      name: "DQRM (every 1000 steps)",
      assignments: [],
      paper: ["1.572 GB", "0.410", "29", "81.210 %", "0.8015"],
    },
    {
      name: "DQRM with float layers",
      assignments: [["quantization.mlp.bits", "32"]],
      paper: ["1.575 GB", "0.412", "29", "81.200 %", "0.8010"],
    },
  ],
};
