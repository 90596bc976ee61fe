import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFailure } from "../pipeline/write-failure.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { laneState, validationNote } from "./lane.ts";
import { studyReport } from "./study-report.ts";
import type { StudyEnvironment, StudyResult, StudyTask } from "./study-result.ts";
import { runTasks } from "./task-pool.ts";

/** Describes a study: what is run, and what its files say. */
export interface StudyPlan {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly tasks: readonly StudyTask[];
  readonly directory: string;
  readonly environment: StudyEnvironment;
  /** Sentences above the report's table. */
  readonly lead: (study: StudyResult) => readonly string[];
}

/**
 * Runs a study's tasks on worker threads with a progress display, and writes `result.json` and `report.html`.
 *
 * The first failure of a task or of a file ends the study.
 */
export async function runStudy(plan: StudyPlan, terminal: Terminal, workerUrl: URL): Promise<StudyResult> {
  const { command, directory, environment, name, tasks, title } = plan;
  const unwritable = (cause: unknown): never => {
    throw writeFailure(directory, "a directory to write result and report in", cause);
  };
  await mkdir(directory, { recursive: true }).catch(unwritable);
  const started = terminal.now();
  const laneName = nameLanes(tasks);
  const progress = createProgress(tasks.map(laneName), terminal);
  const notes = new Map<string, string>();
  const runs = await runTasks(tasks, {
    workerUrl,
    workers: environment.workers,
    signal: terminal.signal,
    onEvent(task, event) {
      const lane = laneName(task);
      if (event.kind === "evaluation") notes.set(lane, validationNote(event));
      else progress.update(lane, laneState(event, notes.get(lane) ?? ""));
    },
    onResult: () => undefined,
  });
  progress.end();
  const seconds = (terminal.now() - started) / 1000;
  const study: StudyResult = { version: 1, name, title, command, environment, seconds, runs };
  await writeFile(join(directory, "result.json"), `${JSON.stringify(study, null, 2)}\n`).catch(unwritable);
  await writeFile(join(directory, "report.html"), studyReport(study, plan.lead(study))).catch(unwritable);
  return study;
}

/** Names runs by their variant, and by their seed where there are several. */
function nameLanes(tasks: readonly StudyTask[]): (task: StudyTask) => string {
  const seeds = new Set(tasks.map(({ seed }) => seed)).size;
  return ({ seed, variant }) => (seeds > 1 ? `${variant} seed ${seed}` : variant);
}
