import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares a scale that follows the weights with one that stays.
 *
 * @source DQRM §3.2; the summary of the paper asks for periodic, static and per-step scales side by side
 */
export const scalePolicy: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Scale of a table: every step, periodic, or once",
  source: "DQRM §3.2 and the ablation that the paper leaves out: a static scale",
  expectation:
    "Every step and periodic scales end alike. A scale that is chosen once, from the first weights, cannot follow tables that grow by two orders of magnitude: its codes saturate.",
  parts: ["codes"],
  assignments: [
    ["quantization.tables.bits", "4"],
    ["quantization.mlp.bits", "32"],
  ],
  variants: [
    { name: "every step", assignments: [["quantization.tables.refresh", "every-step"]] },
    { name: "period 200", assignments: [["quantization.tables.refresh", "periodic"]] },
    { name: "period 1000", assignments: [["quantization.tables.periodSteps", "1000"]] },
    { name: "once", assignments: [["quantization.tables.refresh", "once"]] },
    {
      name: "scale per row",
      assignments: [
        ["quantization.tables.refresh", "every-step"],
        ["quantization.tables.granularity", "row"],
      ],
    },
  ],
};
