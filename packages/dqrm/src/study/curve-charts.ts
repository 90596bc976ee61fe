import type { EpochRecord } from "@dqrm/dlrm";
import { lineChart, type ChartPoint, type ChartSeries } from "../report/line-chart.ts";
import type { RunResult } from "./study-result.ts";

const CHARTS = [
  { title: "Train loss", yLabel: "mean loss of the epoch", of: (r: EpochRecord) => r.trainLoss },
  { title: "Validation AUC", yLabel: "AUC", of: (r: EpochRecord) => r.validation?.auc ?? null },
  { title: "Validation log loss", yLabel: "log loss", of: (r: EpochRecord) => r.validation?.logloss ?? null },
  { title: "Test AUC (selects nothing)", yLabel: "AUC", of: (r: EpochRecord) => r.test?.auc ?? null },
];

/**
 * Draws train loss, validation and test of each variant by epoch: the mean over its seeds, and each seed thin behind it.
 *
 * @shape runs: of one data set
 */
export function curveCharts(runs: readonly RunResult[]): readonly string[] {
  const variants = [...new Set(runs.map(({ variant }) => variant))];
  return CHARTS.flatMap(({ of, title, yLabel }) => {
    const series = variants.map((name) =>
      curveOf(
        runs.filter(({ variant }) => variant === name),
        of,
      ),
    );
    if (series.every(({ points }) => points.length === 0)) return [];
    return [`<figure>${lineChart({ title, xLabel: "epoch", yLabel, series })}</figure>`];
  });
}

/** With one seed, marks the epoch that was selected. */
function curveOf(runs: readonly RunResult[], value: (record: EpochRecord) => number | null): ChartSeries {
  const strands = runs.map((run) => pointsOf(run, value));
  const epochs = [...new Set(strands.flatMap((points) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const points = epochs.map((x): ChartPoint => {
    const values = strands.flatMap((strand) => strand.filter((point) => point.x === x).map(({ y }) => y));
    return { x, y: values.reduce((sum, y) => sum + y, 0) / values.length };
  });
  const [{ selected, variant }] = runs;
  const at = points.findIndex(({ x }) => selected?.endOfEpoch === true && x === selected.epoch + 1);
  return {
    name: variant,
    points,
    strands: runs.length > 1 ? strands : [],
    marked: runs.length > 1 || at < 0 ? undefined : at,
  };
}

function pointsOf(
  { history }: RunResult,
  value: (record: EpochRecord) => number | null,
): readonly ChartPoint[] {
  return history.flatMap((record) => {
    const y = value(record);
    return record.endOfEpoch && y !== null ? [{ x: record.epoch + 1, y }] : [];
  });
}
