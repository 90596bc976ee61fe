import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";
import { presetGradients } from "./gradient-variants.ts";

/**
 * Divides batches among more and more senders of INT8 gradients.
 *
 * @source DQRM Table 10 (Table 3 of the draft): simulated nodes, Terabyte; the paper gives what accuracy and AUC lose
 */
export const table3: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "INT8 gradients from 2, 4 and 8 senders",
  source:
    "DQRM Table 10 (Table 3 of the draft): Terabyte, simulated nodes; losses against gradients in floats",
  expectation:
    "The paper loses up to 0.005 of AUC. Scales of each sender's own and error feedback should lose less than 0.001.",
  paperColumns: ["accuracy lost", "AUC lost"],
  parts: ["messages"],
  variants: [
    { name: "floats", assignments: presetGradients("float32", 1) },
    { name: "INT8 from 2", assignments: presetGradients("int8", 2), paper: ["0.092 %", "0.0025"] },
    { name: "INT8 from 4", assignments: presetGradients("int8", 4), paper: ["0.114 %", "0.0036"] },
    { name: "INT8 from 8", assignments: presetGradients("int8", 8), paper: ["0.059 %", "0.0053"] },
    { name: "INT4 from 4", assignments: presetGradients("int4", 4) },
    { name: "one bit from 4", assignments: presetGradients("onebit", 4) },
    { name: "rank 2 from 4", assignments: presetGradients("lowrank", 4) },
    { name: "top 1 % from 4", assignments: presetGradients("topk", 4) },
  ],
};
