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
  generatedAssignments: [["training.evaluateEverySteps", "1125"]],
  epochs: 8,
  parts: ["size", "target"],
  targetDistance: 0.005,
  variants: [
    { name: "whole tables", assignments: [] },
    { name: "whole tables in INT4", assignments: [["quantization.tables.bits", "4"]] },
    { name: "hashed to 10 000 rows", assignments: [["model.hashing.enabled", "true"]] },
    {
      name: "hashed to 1000 rows",
      assignments: [["model.hashing", '{"enabled":true,"threshold":1000,"rows":1000}']],
    },
    {
      name: "quotient-remainder 16",
      assignments: [["model.quotientRemainder", quotientRemainder("mult")]],
    },
    {
      name: "quotient-remainder 16 added",
      assignments: [["model.quotientRemainder", quotientRemainder("add")]],
    },
    {
      name: "quotient-remainder 16 in INT4",
      assignments: [
        ["model.quotientRemainder", quotientRemainder("mult")],
        ["quantization.tables.bits", "4"],
      ],
    },
    { name: "mixed dimensions", assignments: [["model.mixedDimensions.enabled", "true"]] },
    {
      name: "tensor train of rank 8",
      assignments: [["model.tensorTrain", '{"enabled":true,"threshold":10000,"rank":8}']],
    },
    { name: "ROBE 1/10", assignments: [["model.robe", robe(1_200_000)]] },
    { name: "ROBE 1/100", assignments: [["model.robe", robe(120_000)]] },
    { name: "ROBE 1/1000", assignments: [["model.robe", robe(12_000)]] },
    { name: "ROBE 1/1000 in blocks of 1", assignments: [["model.robe", robe(12_000, 1)]] },
    { name: "ROBE 1/1000 in blocks of 16", assignments: [["model.robe", robe(12_000, 16)]] },
    {
      name: "ROBE 1/1000 by the reference hash",
      assignments: [["model.robe", robe(12_000, 4, "reference")]],
    },
    {
      name: "ROBE 1/100 in INT8",
      assignments: [
        ["model.robe", robe(120_000)],
        ["quantization.tables.bits", "8"],
        ["quantization.tables.refresh", "every-step"],
      ],
    },
    {
      name: "ROBE 1/100 in INT4",
      assignments: [
        ["model.robe", robe(120_000)],
        ["quantization.tables.bits", "4"],
        ["quantization.tables.refresh", "every-step"],
      ],
    },
  ],
};

/** Whole tables have about 12.2 million numbers. */
function robe(cells: number, blockCols = 4, hash = "mixing"): string {
  return JSON.stringify({ enabled: true, threshold: 200, cells, blockCols, hash, signs: hash === "mixing" });
}

function quotientRemainder(combine: "mult" | "add"): string {
  return JSON.stringify({ enabled: true, threshold: 200, collisions: 16, combine });
}
