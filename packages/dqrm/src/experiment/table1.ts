import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares the bit widths of the embedding tables.
 *
 * @source DQRM Table 2 (Table 1 of the draft), best of about 150 evaluations on the test set, one seed
 */
export const table1: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Bit widths of the embedding tables",
  source:
    "DQRM Table 2 (Table 1 of the draft): Criteo Kaggle, one scale per table, linear layers in FP32, one seed, best on test",
  expectation:
    "INT16 and INT8 end where FP32 does; INT4 is better than FP32 and peaks later; INT3 peaks later still; INT2 stays lower.",
  paperColumns: ["accuracy", "AUC"],
  parts: ["size", "codes"],
  trueShape: "kaggle",
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]], paper: ["78.923 %", "0.8047"] },
    { name: "INT16", assignments: [["quantization.tables.bits", "16"]], paper: ["78.928 %", "0.8046"] },
    { name: "INT8", assignments: [["quantization.tables.bits", "8"]], paper: ["78.985 %", "0.8054"] },
    { name: "INT4", assignments: [["quantization.tables.bits", "4"]], paper: ["79.092 %", "0.8073"] },
    { name: "INT3", assignments: [["quantization.tables.bits", "3"]] },
    { name: "INT2", assignments: [["quantization.tables.bits", "2"]], paper: ["lower", "lower"] },
  ],
};
