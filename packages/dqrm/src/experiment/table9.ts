import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares quantized training from scratch with one that begins in floats.
 *
 * @source DQRM Table 8 (Table 9 of the draft): INT4 tables, Kaggle on four M40, best on test; the ends are from the published log
 */
export const table9: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Pretraining in floats, then INT4",
  source:
    "DQRM Table 8 (Table 9 of the draft): INT4 tables, five epochs; one in floats and four quantized against five quantized",
  expectation:
    "The pretrained run peaks earlier, not higher, and overfits; training from scratch ends higher.",
  paperColumns: ["accuracy", "AUC", "AUC at the end"],
  parts: ["codes"],
  variants: [
    {
      name: "INT4 from scratch",
      assignments: [["quantization.tables.bits", "4"]],
      paper: ["78.936 %", "0.8040", "0.8040"],
    },
    {
      name: "one epoch FP32 then INT4",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.schedule", '[{"fromEpoch":1,"tablesBits":4,"mlpBits":32}]'],
      ],
      paper: ["78.926 %", "0.8039", "0.8019"],
    },
    {
      name: "one epoch INT8 then INT4",
      assignments: [
        ["quantization.tables.bits", "8"],
        ["quantization.schedule", '[{"fromEpoch":1,"tablesBits":4,"mlpBits":32}]'],
      ],
    },
    {
      name: "FP32",
      assignments: [["quantization.tables.bits", "32"]],
      paper: ["78.718 %", "0.8001", "0.7782"],
    },
  ],
};
