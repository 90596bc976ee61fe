import { escapeHtml } from "../report/escape-html.ts";
import { htmlPage, htmlTable } from "../report/html-page.ts";
import { curveCharts } from "../study/curve-charts.ts";
import { metricTable, type CellTable } from "../study/metric-table.ts";
import { configDetails, firstOfEach, oracleNote, studyOrigin } from "../study/study-report.ts";
import type { RunResult, StudyResult } from "../study/study-result.ts";
import type { Experiment } from "./experiment.ts";
import { summarise } from "./summary.ts";
import { foundTable, paperTable, partsTable } from "./summary-tables.ts";

const FOUND_NOTE =
  "Means over the seeds. The checkpoint with the best validation AUC is tested, once. Intervals are 95 % bootstrap intervals of the differences from the first variant, paired by seed; with few pairs they are too narrow.";

/** Explains the marked column wherever it is printed. */
export const BEST_ON_TEST_NOTE =
  "* The paper gives the best of all evaluations on the test set itself, accuracy and AUC each from their own. This column does the same, to be set beside its numbers. It selects nothing and is no result.";

/** Builds the self-contained page of an experiment: what was expected, found and published, the curves, and every run. */
export function experimentReport(chosen: Experiment, study: StudyResult): string {
  const sets = [...new Set(study.runs.map(({ dataset }) => dataset))];
  return htmlPage(study.title, [
    `<h1>${escapeHtml(study.title)}</h1>`,
    studyOrigin(study),
    `<p class="lead">${escapeHtml(`${chosen.source}.`)}</p>`,
    `<p class="lead">Expected: ${escapeHtml(chosen.expectation)}</p>`,
    ...sets.flatMap((set) => {
      const runs = study.runs.filter(({ dataset }) => dataset === set);
      return [...(sets.length > 1 ? [`<h1>${escapeHtml(set)}</h1>`] : []), ...dataSection(chosen, runs)];
    }),
    "<h2>Configurations</h2>",
    ...sets.flatMap((set) =>
      firstOfEach(study.runs.filter(({ dataset }) => dataset === set)).map(configDetails),
    ),
  ]);
}

function dataSection(chosen: Experiment, runs: readonly RunResult[]): readonly string[] {
  const summary = summarise(runs, chosen.targetDistance);
  const parts = partsTable(chosen, summary, runs);
  const codes = codeTable(firstOfEach(runs));
  return [
    "<h2>Test set, at the checkpoint that validation selected</h2>",
    htmlTable(foundTable(summary)),
    `<p class="muted">${escapeHtml(FOUND_NOTE)}</p>`,
    oracleNote(runs),
    ...(parts === undefined ? [] : ["<h2>Cost</h2>", htmlTable(parts)]),
    "<h2>Beside the source</h2>",
    htmlTable(paperTable(chosen, summary)),
    `<p class="muted">${escapeHtml(BEST_ON_TEST_NOTE)}</p>`,
    "<h2>Curves</h2>",
    '<p class="muted">Thick: the mean over the seeds. Thin: each seed.</p>',
    `<div class="charts">${curveCharts(runs).join("\n")}</div>`,
    ...(codes === undefined ? [] : ["<h2>Codes of the largest table, first seed</h2>", htmlTable(codes)]),
    "<h2>Every run</h2>",
    htmlTable(metricTable(runs)),
  ];
}

/** Shows how often each code of a few bits is used; codes run from the most negative one to the most positive. */
function codeTable(runs: readonly RunResult[]): CellTable | undefined {
  const used = runs.flatMap(({ codes, variant }) =>
    codes === null || codes.codeShares.length === 0 ? [] : [{ codes, variant }],
  );
  if (used.length === 0) return undefined;
  const widest = Math.max(...used.map(({ codes }) => codes.codeShares.length));
  return {
    columns: ["variant", ...Array.from({ length: widest }, (_, c) => String(c - widest / 2))],
    rows: used.map(({ codes: { codeShares }, variant }) => {
      const side = Array.from({ length: (widest - codeShares.length) / 2 }, () => "");
      return [variant, ...side, ...codeShares.map((share) => `${(100 * share).toFixed(2)} %`), ...side];
    }),
  };
}
