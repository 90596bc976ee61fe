import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Trains for 20 epochs.
 *
 * @source DQRM Table 9 and Figure 8: epochs 1, 5, 10, 11, 15 and 20 of INT4, and its training loss in the published log
 */
export const longRun: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Twenty epochs",
  source:
    "DQRM Table 9: test AUC 0.7967, 0.8050, 0.8073, 0.8076, 0.8009, 0.7499 of INT4 after epochs 1, 5, 10, 11, 15, 20",
  expectation:
    "INT4 delays overfitting and does not remove it: it peaks, and its AUC then falls as that of FP32 did.",
  epochs: 20,
  fileEpochs: 20,
  paperColumns: ["best epoch", "best AUC", "AUC after epoch 20"],
  parts: ["codes"],
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]] },
    { name: "INT4", assignments: [["quantization.tables.bits", "4"]], paper: ["11", "0.8076", "0.7499"] },
    { name: "INT3", assignments: [["quantization.tables.bits", "3"]] },
    { name: "INT2", assignments: [["quantization.tables.bits", "2"]] },
    { name: "INT4 LSQ", assignments: [["quantization.tables.quantizer", "lsq"]] },
    {
      name: "INT4 PACT/DoReFa",
      assignments: [
        ["quantization.tables.quantizer", "dorefa"],
        ["quantization.tables.refresh", "every-step"],
      ],
    },
  ],
};
