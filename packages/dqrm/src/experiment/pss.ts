import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Trades the memory of the embeddings against AUC and steps.
 *
 * @source PSS (arXiv 2207.10731): 10,000 times less memory reaches the same quality after 4.5 times as many iterations;
 *         facebookresearch/dlrm for quotient-remainder and mixed dimensions
 */
export const pss: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Memory of the embeddings against AUC and steps",
  source:
    "PSS (arXiv 2207.10731) and ROBE (arXiv 2108.02191) on Criteo Terabyte; quotient-remainder and mixed dimensions of dlrm",
  expectation:
    "Shared parameters reach the AUC of whole tables with a fraction of their memory, after more steps; below some size they no longer do.",
  assignments: [
    ["quantization.mlp.bits", "32"],
    ["quantization.tables.bits", "32"],
  ],
  generatedAssignments: [["training.evaluateEverySteps", "750"]],
  epochs: 8,
  parts: ["size", "target"],
  targetDistance: 0.005,
  variants: [
    { name: "whole tables", assignments: [] },
    { name: "whole tables in INT4", assignments: [["quantization.tables.bits", "4"]] },
    { name: "quotient-remainder 4", assignments: [["model.quotientRemainder.enabled", "true"]] },
    {
      name: "quotient-remainder 16",
      assignments: [
        ["model.quotientRemainder.enabled", "true"],
        ["model.quotientRemainder.collisions", "16"],
      ],
    },
    {
      name: "quotient-remainder 16 in INT4",
      assignments: [
        ["model.quotientRemainder.enabled", "true"],
        ["model.quotientRemainder.collisions", "16"],
        ["quantization.tables.bits", "4"],
      ],
    },
    {
      name: "quotient-remainder 16 added",
      assignments: [
        ["model.quotientRemainder.enabled", "true"],
        ["model.quotientRemainder.collisions", "16"],
        ["model.quotientRemainder.combine", "add"],
      ],
    },
    { name: "mixed dimensions", assignments: [["model.mixedDimensions.enabled", "true"]] },
  ],
};
