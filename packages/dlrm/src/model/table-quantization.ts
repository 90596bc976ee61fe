import {
  DqrmError,
  type BitWidth,
  type ScaleGranularity,
  type ScaleRefresh,
  type TableQuantization,
} from "@dqrm/core";
import type { TableQuantizationConfig, TrainingBits } from "../config/dlrm-config.ts";

/** Says in the words of a plan how a configuration quantizes a table; the seed is that of random rounding. */
export function tableQuantization(config: TableQuantizationConfig, seed: number): TableQuantization {
  const { bits, dorefa, lsq, quantizer } = config;
  if (quantizer === "dead-zone") return deadZone(config);
  if (bits === 32) return { kind: "none" };
  switch (quantizer) {
    case "uniform":
      return { kind: "fake", bits, granularity: granularity(config), refresh: refresh(config) };
    case "dorefa":
      return { kind: "dorefa", bits, range: dorefa.range, refresh: refresh(config) };
    case "lsq":
      return {
        kind: "learned-step",
        bits,
        step: lsq.step === "relative" ? { kind: "relative", rate: lsq.rate } : { kind: "gradient" },
      };
    case "stored":
      return storedQuantization(config, bits, seed);
  }
}

function storedQuantization(
  { stored }: TableQuantizationConfig,
  bits: BitWidth,
  seed: number,
): TableQuantization {
  const { rounding, step, stepLearningRate: learningRate } = stored;
  if (bits === 1) {
    const [what, expected] = ["quantization.tables.bits of stored tables", "at least 2"];
    throw new DqrmError("VALUE", { op: "buildModelSpec", what, expected, actual: "1" });
  }
  return {
    kind: "stored",
    bits,
    rounding: rounding === "nearest" ? { kind: rounding } : { kind: rounding, seed },
    step: step === "absmax" ? { kind: step } : { kind: step, learningRate },
  };
}

function deadZone(config: TableQuantizationConfig): TableQuantization {
  const { levels, minTouches, threshold: kind, value } = config.deadZone;
  const bits = deadZoneBits(config.bits);
  const parts = { kind: "dead-zone", bits, levels, refresh: refresh(config) } as const;
  switch (kind) {
    case "relative":
      return { ...parts, threshold: { kind, fraction: value } };
    case "absolute":
      return { ...parts, threshold: { kind, value } };
    case "frequency":
      return { ...parts, threshold: { kind, minTouches, fraction: value } };
  }
}

function deadZoneBits(bits: TrainingBits): Exclude<TrainingBits, 1 | 16> {
  if (bits !== 1 && bits !== 16) return bits;
  const expected = "2 to 8, or 32 for exact weights above the threshold";
  const what = "quantization.tables.bits of a dead zone";
  throw new DqrmError("VALUE", { op: "buildModelSpec", what, expected, actual: String(bits) });
}

function granularity({ granularity: kind, groupCols }: TableQuantizationConfig): ScaleGranularity {
  return kind === "group" ? { kind, groupCols } : { kind };
}

function refresh({ periodSteps, refresh: kind }: TableQuantizationConfig): ScaleRefresh {
  return kind === "periodic" ? { kind, periodSteps } : { kind };
}
