import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Draws the curves of INT4 after none to three epochs in floats.
 *
 * @source DQRM Figure 5 (Figure 2 a, b of the draft): test accuracy and training loss with and without pretraining
 */
export const figure2ab: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Curves of INT4 after pretraining in floats",
  source: "DQRM Figure 5 (Figure 2 a and b of the draft): one epoch of pretraining against none",
  expectation:
    "A pretrained model starts its quantized epochs higher and peaks earlier; the longer it was trained in floats, the less is left to gain.",
  variants: [
    { name: "no pretraining", assignments: [["quantization.tables.bits", "4"]] },
    {
      name: "1 epoch",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.schedule", '[{"fromEpoch":1,"tablesBits":4,"mlpBits":32}]'],
      ],
    },
    {
      name: "2 epochs",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.schedule", '[{"fromEpoch":2,"tablesBits":4,"mlpBits":32}]'],
      ],
    },
    {
      name: "3 epochs",
      assignments: [
        ["quantization.tables.bits", "32"],
        ["quantization.schedule", '[{"fromEpoch":3,"tablesBits":4,"mlpBits":32}]'],
      ],
    },
  ],
};
