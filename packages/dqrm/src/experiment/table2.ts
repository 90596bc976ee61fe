import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/** The tables of Criteo Kaggle, 300 times shorter and none below 100 rows, for as many times fewer samples. */
const TABLES =
  "100,100,33771,7342,100,24,100,100,3,310,100,27839,100,27,100,18204,10,100,100,4,23488,18,15,954,100,475";

/**
 * Quantizes the whole model in the ways that the paper compares, with its Kaggle model.
 *
 * @source DQRM Table 3 (Table 2 of the draft), upper half: Criteo Kaggle, period 200, one GPU
 */
export const table2: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "The whole model in INT4, Kaggle shape",
  source:
    "DQRM Table 3 (Table 2 of the draft): Criteo Kaggle, batch 128, SGD 0.1, five epochs; here the same layers on planted tables 300 times shorter, with SGD 0.5, for there are as many times fewer steps",
  expectation:
    "Scales at every step and every 200 steps end alike and above FP32; layers in INT4 cost little; both keep the training loss from collapsing as that of FP32 does.",
  assignments: [],
  presets: { generated: "kaggle", files: "kaggle" },
  generatedAssignments: [
    ["learningRate.base", "0.5"],
    ["training.evaluateEverySteps", "0"],
    ["data.split", '{"kind":"temporal","validation":0.1,"test":0.1}'],
  ],
  data: [
    {
      name: "planted, Kaggle shape",
      address: `synthetic:planted?tableRows=${TABLES}&denseFeatures=13&denseEffect=0.15&effectDeviation=0.3&interactionEffect=0.16`,
    },
  ],
  rows: 150_000,
  epochs: 6,
  paperColumns: ["size", "train loss", "ms/step", "accuracy", "AUC"],
  parts: ["size", "speed"],
  trueShape: "kaggle",
  variants: [
    {
      name: "FP32",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["2.161 GB", "0.304", "7", "78.923 %", "0.8047"],
    },
    {
      name: "PTQ per table",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.mlp.bits", "32"],
      ],
      postTraining: "vanilla",
      paper: ["0.270 GB", "–", "–", "76.571 %", "0.7675"],
    },
    {
      name: "PACT/DoReFa",
      assignments: [
        ["quantization.tables.quantizer", "dorefa"],
        ["quantization.tables.refresh", "every-step"],
      ],
      paper: ["0.270 GB", "no convergence", "–", "–", "–"],
    },
    {
      name: "PACT/DoReFa with float layers",
      assignments: [
        ["quantization.tables.quantizer", "dorefa"],
        ["quantization.tables.refresh", "every-step"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["0.271 GB", "0.303", "69", "78.858 %", "0.8040"],
    },
    {
      name: "PACT/DoReFa in [−1; 1] with float layers",
      assignments: [
        ["quantization.tables.quantizer", "dorefa"],
        ["quantization.tables.refresh", "every-step"],
        ["quantization.tables.dorefa.range", "unit"],
        ["quantization.mlp.bits", "32"],
      ],
    },
    {
      name: "LSQ",
      assignments: [["quantization.tables.quantizer", "lsq"]],
      paper: ["0.270 GB", "0.350", "25", "78.972 %", "0.8051"],
    },
    {
      name: "LSQ with float layers",
      assignments: [
        ["quantization.tables.quantizer", "lsq"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["0.271 GB", "0.352", "21", "78.987 %", "0.8059"],
    },
    {
      name: "HAWQ (every step)",
      assignments: [["quantization.tables.refresh", "every-step"]],
      paper: ["0.270 GB", "0.437", "31", "79.040 %", "0.8064"],
    },
    {
      name: "HAWQ with float layers",
      assignments: [
        ["quantization.tables.refresh", "every-step"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["0.271 GB", "0.436", "27", "79.070 %", "0.8075"],
    },
    {
      name: "DQRM (every 200 steps)",
      assignments: [],
      paper: ["0.270 GB", "0.437", "22", "79.071 %", "0.8073"],
    },
    {
      name: "DQRM with float layers",
      assignments: [["quantization.mlp.bits", "32"]],
      paper: ["0.271 GB", "0.436", "20", "79.092 %", "0.8073"],
    },
  ],
};
