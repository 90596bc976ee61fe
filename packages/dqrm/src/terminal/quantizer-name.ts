import type { DeadZoneThreshold, TableQuantization } from "@dqrm/core";

/** Says in a few words what a table was trained behind. */
export function quantizerName(quantization: TableQuantization): string {
  switch (quantization.kind) {
    case "none":
      return "floats";
    case "fake":
      return "uniform codes";
    case "learned-step":
      return "learned step";
    case "dorefa":
      return quantization.range === "table" ? "DoReFa" : "DoReFa onto [-1, 1]";
    case "dead-zone":
      return `dead zone: ${thresholdText(quantization.threshold)}`;
    case "stored":
      return `codes alone, ${quantization.rounding.kind}, ${quantization.step.kind} step`;
  }
}

function thresholdText(threshold: DeadZoneThreshold): string {
  const share = (fraction: number): string => `${(100 * fraction).toFixed(1)} % of absmax`;
  switch (threshold.kind) {
    case "relative":
      return share(threshold.fraction);
    case "absolute":
      return String(threshold.value);
    case "frequency": {
      const rare = `rows under ${threshold.minTouches} steps`;
      return threshold.fraction === 0 ? rare : `${rare}, ${share(threshold.fraction)}`;
    }
  }
}
