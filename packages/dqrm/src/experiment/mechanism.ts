import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Asks which part of INT4 regularizes: the few bits, the shared scale, or the dead zone around zero.
 *
 * @source our record of planted data: with one scale per table nearly all weights of rare rows round to zero
 */
export const mechanism: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Why INT4 regularizes",
  source:
    "DQRM Figures 6 and 7 (weights in three codes), and our record of planted data, test AUC at its best epoch",
  expectation:
    "One scale for each row overfits as FP32 does: not the few bits help, but the scale that a table shares. Larger and zero initial weights do not replace it here.",
  epochs: 9,
  paperColumns: ["peak AUC on record, one seed"],
  parts: ["codes"],
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]], paper: ["0.7531 in epoch 3"] },
    {
      name: "INT8 per table",
      assignments: [["quantization.tables.bits", "8"]],
      paper: ["0.7526 in epoch 3"],
    },
    { name: "INT4 per table", assignments: [], paper: ["0.7625 in epoch 5"] },
    {
      name: "INT3 per table",
      assignments: [["quantization.tables.bits", "3"]],
      paper: ["0.7659 in epoch 7"],
    },
    {
      name: "INT4 per table every 1000",
      assignments: [["quantization.tables.periodSteps", "1000"]],
      paper: ["0.7671 in epoch 6"],
    },
    {
      name: "INT4 per row",
      assignments: [
        ["quantization.tables.granularity", "row"],
        ["quantization.tables.refresh", "every-step"],
      ],
      paper: ["0.7515 in epoch 2"],
    },
    {
      name: "FP32 with the dead zone alone",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.bits", "32"],
      ],
      paper: ["0.7666 in epoch 5"],
    },
    {
      name: "INT4 dead zone with log levels",
      assignments: [["quantization.tables.quantizer", "dead-zone"]],
      paper: ["0.7673 in epoch 6"],
    },
    {
      name: "FP32 of rows seen 3 times",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.bits", "32"],
        ["quantization.tables.deadZone.threshold", "frequency"],
        ["quantization.tables.deadZone.value", "0"],
      ],
    },
    {
      name: "FP32 from N(0 0.03²)",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["model.embeddingInit", '{"kind":"normal","std":0.03}'],
      ],
      paper: ["0.7467 in epoch 2"],
    },
    {
      name: "FP32 from zeros",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["model.embeddingInit", '{"kind":"normal","std":0}'],
      ],
      paper: ["0.7476 in epoch 2"],
    },
  ],
};
