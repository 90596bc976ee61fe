import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";
import { presetGradients } from "./gradient-variants.ts";

const SENDERS = 4;

/**
 * Measures the bytes that a sender sends a step, and what they cost in accuracy.
 *
 * Gradients of tables without specified sparsity, all rows of all tables, are not sent: that is what the tables take in floats.
 *
 * @source DQRM Table 4: bytes computed, Criteo Kaggle on four A5000
 */
export const table4: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Bytes of gradients a step",
  source:
    "DQRM Table 4: Criteo Kaggle on four A5000, INT4 weights; bytes computed without ids, 2.161 GB without sparsity",
  expectation:
    "INT8 sends a quarter or less of what sparse floats do; the paper's INT8 is slower, this one need not be.",
  paperColumns: ["bytes a step", "ms a step", "accuracy", "AUC"],
  parts: ["messages", "speed"],
  variants: [
    {
      name: "sparse floats",
      assignments: presetGradients("float32", SENDERS),
      paper: ["2.010 MB", "61", "78.897 %", "0.8035"],
    },
    {
      name: "INT8",
      assignments: presetGradients("int8", SENDERS),
      paper: ["0.509 MB", "110", "78.840 %", "0.8023"],
    },
    { name: "INT4", assignments: presetGradients("int4", SENDERS) },
    { name: "one bit", assignments: presetGradients("onebit", SENDERS) },
    { name: "rank 2", assignments: presetGradients("lowrank", SENDERS) },
    { name: "top 1 %", assignments: presetGradients("topk", SENDERS) },
  ],
};
