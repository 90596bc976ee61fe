import { escapeHtml } from "../report/escape-html.ts";
import { htmlPage, htmlTable } from "../report/html-page.ts";
import { curveCharts } from "./curve-charts.ts";
import { metricTable } from "./metric-table.ts";
import type { RunResult, StudyResult } from "./study-result.ts";

/** Builds the self-contained page of a study: the table, the curves, and what is needed to repeat it. */
export function studyReport(study: StudyResult, lead: readonly string[]): string {
  const { runs, title } = study;
  return htmlPage(title, [
    `<h1>${escapeHtml(title)}</h1>`,
    studyOrigin(study),
    ...lead.map((text) => `<p class="lead">${escapeHtml(text)}</p>`),
    "<h2>Test set, at the checkpoint that validation selected</h2>",
    htmlTable(metricTable(runs)),
    '<p class="muted">The checkpoint with the best validation AUC is tested. Test curves below are recorded for the reader and select nothing. NE: log loss over that of the base rate. Calibration: predicted over actual clicks.</p>',
    "<h2>Curves</h2>",
    oracleNote(runs),
    `<div class="charts">${curveCharts(runs).join("\n")}</div>`,
    "<h2>Bytes of the packed models</h2>",
    htmlTable(byteTable(firstOfEach(runs))),
    "<h2>Configurations</h2>",
    ...runs.map(configDetails),
  ]);
}

/** Says by which call, on what machine and with what software a study was made. */
export function studyOrigin({ command, environment, seconds }: StudyResult): string {
  const { cores, cpu, dqrm, node } = environment;
  return `<p class="muted"><code>${escapeHtml(command)}</code> · dqrm ${escapeHtml(dqrm)} · ${escapeHtml(cpu)}, ${cores} cores · Node ${escapeHtml(node)} · ${seconds.toFixed(0)} s</p>`;
}

/** Folds away what a run was configured to, with the digests of configuration and data. */
export function configDetails({
  backend,
  config,
  configHash,
  data,
  dataHash,
  seed,
  variant,
}: RunResult): string {
  const summary = escapeHtml(`${variant}, seed ${seed}, ${data}, kernels ${backend}`);
  const digests = `configuration ${configHash}\ndata ${dataHash}`;
  return `<details><summary>${summary}</summary><pre>${digests}\n${escapeHtml(JSON.stringify(config, null, 2))}</pre></details>`;
}

/** Says what the true probabilities reach; in words, for as a line it would press the curves into a corner of the chart. */
export function oracleNote(runs: readonly RunResult[]): string {
  const known = runs.map(({ oracleTestAuc }) => oracleTestAuc).filter((auc) => auc !== null);
  if (known.length === 0) return "";
  const ends = [Math.min(...known), Math.max(...known)].map((auc) => auc.toFixed(4));
  const text = ends[0] === ends[1] ? ends[0] : `${ends[0]} to ${ends[1]}`;
  return `<p class="muted">The probabilities that generated the clicks reach a test AUC of ${text}: no model can expect more.</p>`;
}

/** Gives one run of each variant: all its seeds have the same configuration and pack to the same bytes. */
export function firstOfEach(runs: readonly RunResult[]): readonly RunResult[] {
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
