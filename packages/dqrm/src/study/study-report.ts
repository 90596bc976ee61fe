import { escapeHtml } from "../report/escape-html.ts";
import { htmlPage, htmlTable } from "../report/html-page.ts";
import { lineChart, type ChartSeries } from "../report/line-chart.ts";
import type { EpochRecord } from "@dqrm/dlrm";
import { metricTable } from "./metric-table.ts";
import type { RunResult, StudyResult } from "./study-result.ts";

/** Builds the self-contained page of a study: the table, the curves, and what is needed to repeat it. */
export function studyReport(study: StudyResult, lead: readonly string[]): string {
  const { environment, runs, title } = study;
  return htmlPage(title, [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="muted"><code>${escapeHtml(study.command)}</code> · dqrm ${escapeHtml(environment.dqrm)} · ${escapeHtml(environment.cpu)}, ${environment.cores} cores · Node ${escapeHtml(environment.node)} · ${study.seconds.toFixed(0)} s</p>`,
    ...lead.map((text) => `<p class="lead">${escapeHtml(text)}</p>`),
    "<h2>Test set, at the checkpoint that validation selected</h2>",
    htmlTable(metricTable(runs)),
    '<p class="muted">The checkpoint with the best validation AUC is tested. Test curves below are recorded for the reader and select nothing. NE: log loss over that of the base rate. Calibration: predicted over actual clicks.</p>',
    "<h2>Curves</h2>",
    `<div class="charts">${charts(runs).join("\n")}</div>`,
    "<h2>Bytes of the packed models</h2>",
    htmlTable(byteTable(runs)),
    "<h2>Configurations</h2>",
    ...runs.map(
      ({ backend, config, data, seed, variant }) =>
        `<details><summary>${escapeHtml(variant)}, seed ${seed}, ${escapeHtml(data)}, kernels ${escapeHtml(backend)}</summary><pre>${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>`,
    ),
  ]);
}

function charts(runs: readonly RunResult[]): readonly string[] {
  const oracle = runs[0].oracleTestAuc;
  const reference = oracle === null ? undefined : { name: "oracle", y: oracle };
  const drawn = [
    {
      title: "Train loss",
      yLabel: "mean loss of the epoch",
      of: (r: EpochRecord) => r.trainLoss,
      reference: undefined,
    },
    {
      title: "Validation AUC",
      yLabel: "AUC",
      of: (r: EpochRecord) => r.validation?.auc ?? null,
      reference: undefined,
    },
    { title: "Test AUC", yLabel: "AUC", of: (r: EpochRecord) => r.test?.auc ?? null, reference },
  ];
  return drawn.flatMap(({ of, reference: line, title, yLabel }) => {
    const series = runs.map((run) => curveOf(run, of));
    if (series.every(({ points }) => points.length === 0)) return [];
    return [`<figure>${lineChart({ title, xLabel: "epoch", yLabel, series, reference: line })}</figure>`];
  });
}

function curveOf(run: RunResult, value: (record: EpochRecord) => number | null): ChartSeries {
  const ends = run.history.filter(({ endOfEpoch }) => endOfEpoch);
  const points = ends.flatMap((record) => {
    const y = value(record);
    return y === null ? [] : [{ x: record.epoch + 1, y }];
  });
  const selected = ends.findIndex(({ step }) => step === run.selected?.step);
  return { name: run.variant, points, marked: selected < 0 ? undefined : selected };
}

function byteTable(runs: readonly RunResult[]): {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
} {
  const count = (bytes: number): string => bytes.toLocaleString("en-US");
  return {
    columns: ["part", ...runs.map(({ variant }) => variant)],
    rows: [
      ...runs[0].bytes.tables.map(({ name, rows }, t) => [
        `${name} (${count(rows)} rows)`,
        ...runs.map(({ bytes }) => `${count(bytes.tables[t].bytes)} at ${bytes.tables[t].bits} bits`),
      ]),
      ...(["embeddings", "mlp", "scales", "headers", "total"] as const).map((part) => [
        part === "mlp" ? "MLP" : part,
        ...runs.map(({ bytes }) => count(bytes[part])),
      ]),
    ],
  };
}
