import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Sets INT4 beside the usual means against overfitting.
 *
 * @source Zhang et al. 2022 (arXiv 2209.06053) for the embeddings that are drawn anew before each epoch
 */
export const regularizers: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "INT4 beside other regularizers",
  source:
    "the paper compares INT4 with FP32 alone; embeddings drawn anew each epoch are of Zhang et al. 2022",
  expectation:
    "INT4 gains more than dropout, and about as much as decay of the embeddings at its best strength, which has to be searched.",
  parts: ["codes"],
  assignments: [
    ["quantization.tables.bits", "32"],
    ["quantization.mlp.bits", "32"],
  ],
  variants: [
    { name: "FP32", assignments: [] },
    { name: "INT4", assignments: [["quantization.tables.bits", "4"]] },
    { name: "FP32 with L2 1e-4", assignments: [["regularization.l2", "1e-4"]] },
    { name: "FP32 with L2 1e-3", assignments: [["regularization.l2", "1e-3"]] },
    { name: "FP32 with L2 3e-3", assignments: [["regularization.l2", "3e-3"]] },
    { name: "FP32 with dropout 0.1", assignments: [["regularization.dropout", "0.1"]] },
    { name: "FP32 with dropout 0.3", assignments: [["regularization.dropout", "0.3"]] },
    { name: "FP32 with fresh embeddings each epoch", assignments: [["training.resetEmbeddings", "true"]] },
    {
      name: "FP32 of rows seen 3 times",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.threshold", "frequency"],
        ["quantization.tables.deadZone.value", "0"],
      ],
    },
    {
      name: "FP32 of rows seen 10 times",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.threshold", "frequency"],
        ["quantization.tables.deadZone.minTouches", "10"],
        ["quantization.tables.deadZone.value", "0"],
      ],
    },
    {
      name: "FP32 from N(0 0.03²)",
      assignments: [["model.embeddingInit", '{"kind":"normal","std":0.03}']],
    },
  ],
};
