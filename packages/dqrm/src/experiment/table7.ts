import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Adds quantized parts of the model one by one.
 *
 * @source DQRM Table 7 (Tables 7 and 8 of the draft): Kaggle, four M40, data parallel
 */
export const table7: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Parts of the model in codes",
  source:
    "DQRM Table 7 (Tables 7 and 8 of the draft): Criteo Kaggle on four M40, bias with the bits and scale of its output",
  expectation:
    "Quantized tables gain; linear layers in INT4 lose some of it, with one scale for each output less than with one for each matrix; in INT8 they lose nothing.",
  paperColumns: ["accuracy", "AUC"],
  parts: ["size"],
  trueShape: "kaggle",
  assignments: [["quantization.mlp.bias", "same"]],
  variants: [
    {
      name: "FP32",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.mlp.bits", "32"],
      ],
      paper: ["78.718 %", "0.8001"],
    },
    { name: "tables INT4", assignments: [["quantization.mlp.bits", "32"]], paper: ["78.936 %", "0.8040"] },
    {
      name: "+ layers INT4 by matrix",
      assignments: [["quantization.mlp.granularity", "matrix"]],
      paper: ["78.830 %", "0.8022"],
    },
    { name: "+ layers INT4 by channel", assignments: [], paper: ["78.897 %", "0.8035"] },
    {
      name: "+ layers INT8 by channel",
      assignments: [["quantization.mlp.bits", "8"]],
      paper: ["78.950 %", "0.8045"],
    },
    {
      name: "+ layers INT4 by matrix and activations INT8",
      assignments: [
        ["quantization.mlp.granularity", "matrix"],
        ["quantization.activations.bits", "8"],
      ],
      paper: ["no convergence", "no convergence"],
    },
    {
      name: "+ layers INT4 by channel; activations INT8 and interaction INT16",
      assignments: [
        ["quantization.activations.bits", "8"],
        ["quantization.interactionBits", "16"],
      ],
    },
  ],
};
