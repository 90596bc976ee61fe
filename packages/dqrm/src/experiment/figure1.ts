import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Draws the curves of four bit widths.
 *
 * @source DQRM Figure 3 (Figure 1 of the draft): test accuracy of embedding bit widths over the epochs
 */
export const figure1: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Bit widths of the embedding tables over the epochs",
  source: "DQRM Table 2 and Figure 3: one scale per table, refreshed every 200 steps, linear layers in FP32",
  expectation:
    "FP32 and INT8 peak early and fall; INT4 peaks later and higher; INT2 hardly falls and stays lower.",
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]] },
    { name: "INT8", assignments: [["quantization.tables.bits", "8"]] },
    { name: "INT4", assignments: [["quantization.tables.bits", "4"]] },
    { name: "INT2", assignments: [["quantization.tables.bits", "2"]] },
  ],
};
