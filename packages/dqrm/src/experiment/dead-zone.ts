import { PLANTED_EXPERIMENT, type Experiment } from "./experiment.ts";

/**
 * Compares the dead-zone quantizer with uniform INT4.
 *
 * @source our record of planted data: dead zone and log levels above it, peak AUC +0.0048, +0.0025 and −0.0003 in three seeds
 */
export const deadZone: Experiment = {
  ...PLANTED_EXPERIMENT,
  title: "An explicit dead zone against uniform INT4",
  source:
    "our record of planted data: a threshold of a fourteenth of the absmax is the dead zone that uniform INT4 has; the other codes stand in nearly equal ratios above it",
  expectation:
    "The precision lost above the dead zone is pure cost: exact weights above it do best, log levels come near. A wider zone regularizes more.",
  parts: ["size", "codes"],
  seeds: 5,
  variants: [
    { name: "INT4 uniform", assignments: [] },
    {
      name: "INT4 dead zone 1/14 log levels",
      assignments: [["quantization.tables.quantizer", "dead-zone"]],
    },
    {
      name: "INT4 dead zone 1/10 log levels",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.value", "0.1"],
      ],
    },
    {
      name: "INT4 dead zone 1/10 uniform levels",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.value", "0.1"],
        ["quantization.tables.deadZone.levels", "uniform"],
      ],
    },
    {
      name: "INT4 dead zone 1/20 log levels",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.deadZone.value", "0.05"],
      ],
    },
    {
      name: "INT3 dead zone 1/14 log levels",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.bits", "3"],
      ],
    },
    {
      name: "FP32 above 1/14",
      assignments: [
        ["quantization.tables.quantizer", "dead-zone"],
        ["quantization.tables.bits", "32"],
      ],
    },
    { name: "FP32", assignments: [["quantization.tables.bits", "32"]] },
  ],
};
