import type { Metrics } from "@dqrm/dlrm";
import { formatBytes, formatCount } from "../terminal/format-number.ts";
import type { RunResult } from "./study-result.ts";

/** Holds a table of results as text cells. */
export interface CellTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * Lists each run's test metrics at the checkpoint that validation selected, its bytes part by part, and its speed.
 *
 * @shape a row for each run
 */
export function metricTable(runs: readonly RunResult[]): CellTable {
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const name = ({ seed, variant }: RunResult): string => (seeds > 1 ? `${variant}, seed ${seed}` : variant);
  return {
    columns: [
      "model",
      "epoch",
      "accuracy",
      "AUC",
      "log loss",
      "NE",
      "calibration",
      "embeddings",
      "MLP",
      "scales",
      "headers",
      "total",
      "samples/s",
    ],
    rows: runs.map((run) => {
      const { bytes, samplesPerSecond, selected, test } = run;
      return [
        name(run),
        selected === null ? "–" : String(selected.epoch + 1),
        ...metricCells(test),
        ...[bytes.embeddings, bytes.mlp, bytes.scales, bytes.headers, bytes.total].map(formatBytes),
        formatCount(samplesPerSecond),
      ];
    }),
  };
}

/** Turns rows into columns, for a few runs with many numbers fit a terminal only on their side. */
export function transpose({ columns, rows }: CellTable): CellTable {
  const [corner, ...titles] = columns;
  return {
    columns: [corner, ...rows.map(([name]) => name)],
    rows: titles.map((title, t) => [title, ...rows.map((cells) => cells[t + 1])]),
  };
}

function metricCells(metrics: Metrics | null): readonly string[] {
  if (metrics === null) return ["–", "–", "–", "–", "–"];
  const { accuracy, auc, calibration, logloss, ne } = metrics;
  const number = (value: number | null): string => (value === null ? "–" : value.toFixed(4));
  return [`${(100 * accuracy).toFixed(2)} %`, ...[auc, logloss, ne, calibration].map(number)];
}
