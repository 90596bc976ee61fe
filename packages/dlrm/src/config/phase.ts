import type { DlrmConfig } from "./dlrm-config.ts";

/**
 * Gives the configuration that an epoch, counted from 0, is trained with: the bit widths of its phase, and no schedule.
 *
 * ```ts doctest
 * import { phaseConfig, presets, setConfigValues } from "@dqrm/dlrm";
 * const schedule = '[{ "fromEpoch": 0, "tablesBits": 32, "mlpBits": 32 }, { "fromEpoch": 1, "tablesBits": 4, "mlpBits": 4 }]';
 * const config = setConfigValues(presets.kaggle, [["quantization.schedule", schedule]]);
 * [0, 1, 2].map((epoch) => phaseConfig(config, epoch).quantization.tables.bits); // => [32, 4, 4]
 * ```
 */
export function phaseConfig(config: DlrmConfig, epoch: number): DlrmConfig {
  const { quantization } = config;
  const { mlp, schedule, tables } = quantization;
  const phase = schedule.findLast(({ fromEpoch }) => fromEpoch <= epoch);
  const bits = phase && {
    tables: { ...tables, bits: phase.tablesBits },
    mlp: { ...mlp, bits: phase.mlpBits },
  };
  return { ...config, quantization: { ...quantization, ...bits, schedule: [] } };
}

/**
 * Gives the configuration of the last phase: that of the model as it is selected and served.
 *
 * ```ts doctest
 * import { presets, servedConfig } from "@dqrm/dlrm";
 * servedConfig(presets.kaggle).quantization.tables.bits; // => 4
 * ```
 */
export function servedConfig(config: DlrmConfig): DlrmConfig {
  return phaseConfig(config, Infinity);
}

/** Tells whether a phase begins with an epoch after the first. */
export function startsPhase({ quantization: { schedule } }: DlrmConfig, epoch: number): boolean {
  return epoch > 0 && schedule.some(({ fromEpoch }) => fromEpoch === epoch);
}

/** Tells whether an epoch is trained with the bit widths of the last phase. */
export function inLastPhase({ quantization: { schedule } }: DlrmConfig, epoch: number): boolean {
  return epoch >= (schedule.at(-1)?.fromEpoch ?? 0);
}
