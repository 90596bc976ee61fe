import { join } from "node:path";
import { EXPERIMENTS } from "../experiment/experiments.ts";
import type { Experiment } from "../experiment/experiment.ts";
import type { ExperimentOptions } from "../experiment/experiment-options.ts";
import { BEST_ON_TEST_NOTE, experimentReport } from "../experiment/experiment-report.ts";
import { planTasks, studyLanes } from "../experiment/plan-tasks.ts";
import { summarise } from "../experiment/summary.ts";
import { foundTable, paperTable, partsTable } from "../experiment/summary-tables.ts";
import type { CellTable } from "../study/metric-table.ts";
import { runStudy } from "../study/run-study.ts";
import { openSavedRuns } from "../study/saved-runs.ts";
import type { StudyResult } from "../study/study-result.ts";
import { UsageError } from "../terminal/report-error.ts";
import { textTable } from "../terminal/text-table.ts";
import { callText } from "./call-text.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Runs every variant of an experiment with every seed, and prints what validation selected, paired by seed.
 *
 * Finished runs are kept, so that a second call goes on where the first one ended. A name that is not listed is a
 * UsageError.
 */
export async function experiment(options: ExperimentOptions, surroundings: Surroundings): Promise<void> {
  const { fresh, json, name, out } = options;
  const { machine, studyWorkerUrl, terminal } = surroundings;
  if (!Object.hasOwn(EXPERIMENTS, name)) {
    throw new UsageError(
      `experiment "${name}" is not known, expected ${Object.keys(EXPERIMENTS).join(", ")}`,
    );
  }
  const chosen = EXPERIMENTS[name];
  const directory = join(out, name);
  const tasks = await planTasks(chosen, options, machine.cores, directory);
  const study = await runStudy(
    {
      name,
      title: chosen.title,
      command: experimentCall(options),
      tasks,
      directory,
      environment: { ...machine, workers: studyLanes(options, tasks.length) },
      saved: await openSavedRuns(directory, { fresh, version: machine.dqrm }),
      report: (result) => experimentReport(chosen, result),
    },
    terminal,
    studyWorkerUrl,
  );
  if (json) {
    const summary = summarise(study.runs, chosen.targetDistance);
    terminal.out(`${JSON.stringify({ name, summary, seconds: study.seconds })}\n`);
    return;
  }
  terminal.out(`${experimentText(chosen, study)}\n`);
  terminal.out(`written: ${join(directory, "report.html")}  ${join(directory, "result.json")}\n`);
}

function experimentCall(options: ExperimentOptions): string {
  const { assignments, data, epochs, label, name, preset, rows, schema, seeds, transport, variants } =
    options;
  const flags = {
    data,
    rows,
    schema: schema === "auto" ? undefined : schema,
    label,
    preset,
    variants: variants?.join(","),
    seeds,
    epochs,
    transport,
  };
  return callText(`experiment ${name}`, flags, assignments);
}

function experimentText(chosen: Experiment, { runs }: StudyResult): string {
  const sets = [...new Set(runs.map(({ dataset }) => dataset))];
  const sections = sets.flatMap((set) => {
    const own = runs.filter(({ dataset }) => dataset === set);
    const summary = summarise(own, chosen.targetDistance);
    const parts = partsTable(chosen, summary, own);
    return [
      ...(sets.length > 1 ? [set] : []),
      aligned(foundTable(summary)),
      ...(parts === undefined ? [] : [aligned(parts)]),
      aligned(paperTable(chosen, summary)),
    ];
  });
  const head = `${chosen.title}\n${chosen.source}\nexpected: ${chosen.expectation}`;
  return [head, ...sections, BEST_ON_TEST_NOTE, ""].join("\n\n");
}

function aligned({ columns, rows }: CellTable): string {
  return textTable(
    columns.map((title, c) => ({ title, align: c === 0 ? "left" : "right" })),
    rows,
  );
}
