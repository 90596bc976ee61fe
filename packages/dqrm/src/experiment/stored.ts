import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares tables that exist as codes only with those that are trained in floats behind codes.
 *
 * @source Li et al. 2022 (ALPT: learned step, codes without float weights); the paper keeps float weights in training
 */
export const stored: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "Tables that are trained as codes, without float weights",
  source:
    "ALPT (Li et al. 2022) and low-precision training; DQRM keeps FP32 weights behind its codes, 8 times the memory of INT4",
  expectation:
    "Stochastic rounding trains INT8 as well as floats do; rounding to nearest loses updates that are smaller than half a step, in INT4 most of them.",
  parts: ["codes"],
  assignments: [
    ["quantization.mlp.bits", "32"],
    ["quantization.tables.granularity", "row"],
    ["quantization.tables.refresh", "every-step"],
  ],
  epochs: 6,
  variants: [
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]] },
    { name: "INT8 behind floats", assignments: [["quantization.tables.bits", "8"]] },
    { name: "INT8 stored stochastic", assignments: storedIn(8, "stochastic", "absmax") },
    { name: "INT8 stored nearest", assignments: storedIn(8, "nearest", "absmax") },
    { name: "INT8 stored stochastic and learned step", assignments: storedIn(8, "stochastic", "learned") },
    { name: "INT4 stored stochastic", assignments: storedIn(4, "stochastic", "absmax") },
    { name: "INT4 stored nearest", assignments: storedIn(4, "nearest", "absmax") },
    { name: "INT4 stored stochastic and learned step", assignments: storedIn(4, "stochastic", "learned") },
  ],
};

function storedIn(
  bits: 4 | 8,
  rounding: "nearest" | "stochastic",
  step: "absmax" | "learned",
): readonly (readonly [path: string, text: string])[] {
  return [
    ["quantization.tables.quantizer", "stored"],
    ["quantization.tables.bits", String(bits)],
    ["quantization.tables.stored.rounding", rounding],
    ["quantization.tables.stored.step", step],
  ];
}
