import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares bits and granularity of the linear layers over INT4 tables.
 *
 * @source DQRM Table 7 (Tables 7 and 8 of the draft): the rows with linear layers, 4 and 8 bits, matrix and channel
 */
export const table8: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Bits and granularity of the linear layers over INT4 tables",
  source:
    "DQRM Table 7 (Table 8 of the draft): Criteo Kaggle on four M40, bias with the bits and scale of its output",
  expectation:
    "By channel is at least as good as by matrix; the fewer the bits, the more so; INT8 layers end where float layers do.",
  paperColumns: ["accuracy", "AUC"],
  parts: ["size"],
  assignments: [["quantization.mlp.bias", "same"]],
  variants: [
    { name: "float layers", assignments: [["quantization.mlp.bits", "32"]], paper: ["78.936 %", "0.8040"] },
    { name: "INT8 by channel", assignments: [["quantization.mlp.bits", "8"]], paper: ["78.950 %", "0.8045"] },
    {
      name: "INT8 by matrix",
      assignments: [
        ["quantization.mlp.bits", "8"],
        ["quantization.mlp.granularity", "matrix"],
      ],
    },
    { name: "INT4 by channel", assignments: [], paper: ["78.897 %", "0.8035"] },
    {
      name: "INT4 by matrix",
      assignments: [["quantization.mlp.granularity", "matrix"]],
      paper: ["78.830 %", "0.8022"],
    },
    { name: "INT4 by channel with float bias", assignments: [["quantization.mlp.bias", "float"]] },
    {
      name: "INT4 by matrix with float bias",
      assignments: [
        ["quantization.mlp.bias", "float"],
        ["quantization.mlp.granularity", "matrix"],
      ],
    },
    { name: "INT2 by channel", assignments: [["quantization.mlp.bits", "2"]] },
    {
      name: "INT2 by matrix",
      assignments: [
        ["quantization.mlp.bits", "2"],
        ["quantization.mlp.granularity", "matrix"],
      ],
    },
  ],
};
