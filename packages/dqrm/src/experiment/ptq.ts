import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares ways to quantize an FP32 model after training, and training in codes.
 *
 * @source DQRM Table 3 (vanilla PTQ, 76.571 % and 0.7675); FBGEMM (asymmetric rows)
 */
export const ptq: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Tables in INT4 after training, and in training",
  source:
    "DQRM Table 3 (Table 2 of the draft), the row of post-training quantization; FBGEMM for asymmetric rows",
  expectation:
    "One scale for each table loses clearly more than one for each row; training in codes loses least, or gains.",
  paperColumns: ["accuracy", "AUC"],
  parts: ["size", "codes"],
  assignments: [
    ["quantization.tables.bits", "32"],
    ["quantization.mlp.bits", "32"],
  ],
  epochs: 6,
  variants: [
    { name: "FP32", assignments: [], paper: ["78.923 %", "0.8047"] },
    {
      name: "PTQ per table and layers",
      assignments: [],
      postTraining: "vanilla",
      paper: ["76.571 %", "0.7675"],
    },
    { name: "PTQ per table", assignments: [], postTraining: "per table" },
    { name: "PTQ per table percentile", assignments: [], postTraining: "per table, percentile" },
    { name: "PTQ per table squared error", assignments: [], postTraining: "per table, squared error" },
    { name: "PTQ per row", assignments: [], postTraining: "per row" },
    { name: "PTQ per row FBGEMM", assignments: [], postTraining: "per row, FBGEMM" },
    {
      name: "QAT per table",
      assignments: [["quantization.tables.bits", "4"]],
      paper: ["79.092 %", "0.8073"],
    },
  ],
};
