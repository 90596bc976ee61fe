import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares how often the scale of a table is recomputed.
 *
 * @source DQRM Table 5: accuracy, AUC and milliseconds a step on Kaggle with one GPU, on Terabyte with one CPU
 */
export const table5: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Period of the scale's refresh",
  source: "DQRM Table 5: INT4 model, Kaggle on one GPU and Terabyte on one CPU",
  expectation:
    "A period changes AUC little; the paper's step takes 31 ms at period 1 and 22 ms at 200. Ours keeps the exact scale at every step at no cost that grows with the rows.",
  epochs: 7,
  paperColumns: [
    "Kaggle accuracy",
    "Kaggle AUC",
    "Kaggle ms",
    "Terabyte accuracy",
    "Terabyte AUC",
    "Terabyte ms",
  ],
  parts: ["speed"],
  assignments: [
    ["quantization.tables.bits", "4"],
    ["quantization.mlp.bits", "32"],
  ],
  variants: [
    {
      name: "every step (exact)",
      assignments: [["quantization.tables.refresh", "every-step"]],
      paper: ["79.040 %", "0.8064", "31", "–", "–", "> 1200"],
    },
    {
      name: "period 1",
      assignments: [["quantization.tables.periodSteps", "1"]],
      paper: ["79.040 %", "0.8064", "31", "–", "–", "> 1200"],
    },
    {
      name: "period 200",
      assignments: [["quantization.tables.periodSteps", "200"]],
      paper: ["79.071 %", "0.8073", "22", "81.159 %", "0.7998", "58"],
    },
    {
      name: "period 500",
      assignments: [["quantization.tables.periodSteps", "500"]],
      paper: ["79.034 %", "0.8067", "22", "81.193 %", "0.8009", "51"],
    },
    {
      name: "period 1000",
      assignments: [["quantization.tables.periodSteps", "1000"]],
      paper: ["–", "–", "–", "81.210 %", "0.8015", "46"],
    },
    {
      name: "FP32",
      assignments: [["quantization.tables.bits", "32"]],
      paper: ["78.923 %", "0.8047", "7", "81.165 %", "0.8004", "19"],
    },
  ],
};
