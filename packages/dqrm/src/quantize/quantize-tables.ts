import type { PartReport } from "@dqrm/dlrm";
import type { CellTable } from "../study/metric-table.ts";
import { formatBytes, formatCount, formatDifference } from "../terminal/format-number.ts";
import type { MeasuredChange, QuantizeResult } from "./quantize-result.ts";

/**
 * Lists what quantization did to each table and layer.
 *
 * @shape a row for each part
 */
export function partTable({ parts }: Pick<QuantizeResult, "parts">): CellTable {
  return {
    columns: [
      "part",
      "rows",
      "cols",
      "bits",
      "FP32",
      "packed",
      "SNR dB",
      "rms error",
      "max error",
      "zero",
      "clamped",
    ],
    rows: parts.map((part) => [
      part.name,
      ...[part.rows, part.cols].map(formatCount),
      String(part.bits),
      ...[part.floatBytes, part.packedBytes].map(formatBytes),
      ...distortionCells(part),
    ]),
  };
}

function distortionCells({ distortion }: PartReport): readonly string[] {
  if (distortion === null) return ["–", "–", "–", "–", "–"];
  const { clampedShare, maxError, meanSquaredError, signalToNoiseDb, zeroShare } = distortion;
  const snr = signalToNoiseDb === null ? "–" : signalToNoiseDb.toFixed(1);
  const errors = [Math.sqrt(meanSquaredError), maxError].map((error) => error.toPrecision(3));
  return [snr, ...errors, ...[zeroShare, clampedShare].map((share) => `${(100 * share).toFixed(2)} %`)];
}

const METRICS = [
  ["AUC", "auc"],
  ["accuracy", "accuracy"],
  ["log loss", "logloss"],
  ["NE", "ne"],
  ["calibration", "calibration"],
  ["average precision", "averagePrecision"],
] as const;

/**
 * Lists each metric before and after, and by how much it changed; a number that the labels do not define is a dash.
 *
 * @shape a row for each metric
 */
export function metricChangeTable({ after, before, change }: MeasuredChange): CellTable {
  const number = (value: number | null | undefined): string => (value ?? undefined)?.toFixed(4) ?? "–";
  return {
    columns: ["metric", "before", "after", "change"],
    rows: METRICS.map(([title, metric]) => {
      const changed = change?.[metric] ?? null;
      const difference = changed === null ? "–" : formatDifference(changed);
      return [title, number(before?.[metric]), number(after?.[metric]), difference];
    }),
  };
}

/** Says how much smaller the model's file became. */
export function sizeText({ bytesAfter, bytesBefore }: QuantizeResult): string {
  const share = ((100 * bytesAfter) / bytesBefore).toFixed(1);
  return `model.safetensors ${formatBytes(bytesBefore)} -> ${formatBytes(bytesAfter)} (${share} %)`;
}
