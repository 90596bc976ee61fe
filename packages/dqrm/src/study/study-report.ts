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
    oracleNote(runs),
    `<div class="charts">${charts(runs).join("\n")}</div>`,
    "<h2>Bytes of the packed models</h2>",
    htmlTable(byteTable(firstOfEach(runs))),
    "<h2>Configurations</h2>",
    ...runs.map(
      ({ backend, config, data, seed, variant }) =>
        `<details><summary>${escapeHtml(variant)}, seed ${seed}, ${escapeHtml(data)}, kernels ${escapeHtml(backend)}</summary><pre>${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>`,
    ),
  ]);
}

/** The oracle stands in words: as a line it would press the curves into a corner of the chart. */
function oracleNote(runs: readonly RunResult[]): string {
  const known = runs.map(({ oracleTestAuc }) => oracleTestAuc).filter((auc) => auc !== null);
  if (known.length === 0) return "";
  const ends = [Math.min(...known), Math.max(...known)].map((auc) => auc.toFixed(4));
  const text = ends[0] === ends[1] ? ends[0] : `${ends[0]} to ${ends[1]}`;
  return `<p class="muted">The probabilities that generated the clicks reach a test AUC of ${text}: no model can expect more.</p>`;
}

const CHARTS = [
  { title: "Train loss", yLabel: "mean loss of the epoch", of: (r: EpochRecord) => r.trainLoss },
  { title: "Validation AUC", yLabel: "AUC", of: (r: EpochRecord) => r.validation?.auc ?? null },
  { title: "Test AUC", yLabel: "AUC", of: (r: EpochRecord) => r.test?.auc ?? null },
];

function charts(runs: readonly RunResult[]): readonly string[] {
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

/** Draws the mean over the seeds of a variant; with one seed, marks the epoch that was selected. */
function curveOf(runs: readonly RunResult[], value: (record: EpochRecord) => number | null): ChartSeries {
  const ends = runs.map(({ history }) => history.filter(({ endOfEpoch }) => endOfEpoch));
  const points = ends[0].flatMap((record, e) => {
    const values = ends.flatMap((records) => (e < records.length ? [value(records[e])] : []));
    const known = values.filter((y) => y !== null);
    if (known.length === 0) return [];
    return [{ x: record.epoch + 1, y: known.reduce((sum, y) => sum + y, 0) / known.length }];
  });
  const selected = ends[0].findIndex(({ step }) => step === runs[0].selected?.step);
  return { name: runs[0].variant, points, marked: runs.length > 1 || selected < 0 ? undefined : selected };
}

/** All seeds of a variant pack to the same bytes. */
function firstOfEach(runs: readonly RunResult[]): readonly RunResult[] {
  return runs.filter(({ variant }, i) => runs.findIndex((run) => run.variant === variant) === i);
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
