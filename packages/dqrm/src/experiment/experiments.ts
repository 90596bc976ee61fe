import type { Assignment } from "../commands/dlrm-aliases.ts";

/** Describes one variant of an experiment: the demo preset with some values replaced. */
export interface ExperimentVariant {
  readonly name: string;
  readonly assignments: readonly Assignment[];
}

/** Describes an experiment as data; the first variant is the one that the others are compared with. */
export interface Experiment {
  readonly title: string;
  /** What of the paper it repeats. */
  readonly source: string;
  /** What the paper, or our own record, says will happen. */
  readonly expectation: string;
  readonly variants: readonly ExperimentVariant[];
  readonly seeds: number;
  readonly epochs: number;
}

const embeddingBits = (bits: number): ExperimentVariant => ({
  name: bits === 32 ? "FP32" : `INT${bits}`,
  assignments: [
    ["quantization.tables.bits", String(bits)],
    ["quantization.mlp.bits", "32"],
  ],
});

/**
 * Lists the experiments that `dqrm experiment` runs.
 *
 * @source DQRM Figure 3 (Figure 1 of the draft): test accuracy of embedding bit widths over the epochs
 */
export const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  figure1: {
    title: "Bit widths of the embedding tables over the epochs",
    source:
      "DQRM Table 2 and Figure 3: one scale per table, refreshed every 200 steps, linear layers in FP32",
    expectation:
      "FP32 and INT8 peak early and fall; INT4 peaks later and higher; INT2 hardly falls and stays lower.",
    variants: [32, 8, 4, 2].map(embeddingBits),
    seeds: 3,
    epochs: 9,
  },
};
