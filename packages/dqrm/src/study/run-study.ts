import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFailure } from "../pipeline/write-failure.ts";
import { createProgress } from "../terminal/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { laneState, validationNote } from "./lane.ts";
import type { SavedRuns } from "./saved-runs.ts";
import type { RunResult, StudyEnvironment, StudyResult, StudyTask } from "./study-result.ts";
import { runTasks } from "./task-pool.ts";

/** Describes a study: what is run, and what its files say. */
export interface StudyPlan {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly tasks: readonly StudyTask[];
  readonly directory: string;
  readonly environment: StudyEnvironment;
  /** Where finished runs are kept and found; undefined trains every task. */
  readonly saved: SavedRuns | undefined;
  /** Writes the report's page. */
  readonly report: (study: StudyResult) => string;
}

/**
 * Runs a study's tasks on worker threads with a progress display, and writes `result.json` and `report.html`.
 *
 * The first failure of a task or of a file ends the study; runs that are saved stay.
 */
export async function runStudy(plan: StudyPlan, terminal: Terminal, workerUrl: URL): Promise<StudyResult> {
  const { command, directory, environment, name, title } = plan;
  const unwritable = (cause: unknown): never => {
    throw writeFailure(directory, "a directory to write result and report in", cause);
  };
  await mkdir(directory, { recursive: true }).catch(unwritable);
  const started = terminal.now();
  const runs = await runAll(plan, terminal, workerUrl);
  const seconds = (terminal.now() - started) / 1000;
  const study: StudyResult = { version: 1, name, title, command, environment, seconds, runs };
  await writeFile(join(directory, "result.json"), `${JSON.stringify(study, null, 2)}\n`).catch(unwritable);
  await writeFile(join(directory, "report.html"), plan.report(study)).catch(unwritable);
  return study;
}

/** Trains the tasks that no earlier call finished; runs stand in the order of the tasks. */
async function runAll(
  { environment, saved, tasks }: StudyPlan,
  terminal: Terminal,
  workerUrl: URL,
): Promise<readonly RunResult[]> {
  const known = await Promise.all(tasks.map(async (task) => saved?.load(task)));
  const open = tasks.filter((_, t) => known[t] === undefined);
  if (open.length < tasks.length) {
    terminal.err(
      `${tasks.length - open.length} of ${tasks.length} runs were finished before (--fresh repeats them)\n`,
    );
  }
  const laneName = nameLanes(tasks);
  const progress = createProgress(open.map(laneName), terminal);
  const notes = new Map<string, string>();
  const trained = await runTasks(open, {
    workerUrl,
    workers: environment.workers,
    signal: terminal.signal,
    onEvent(task, event) {
      const lane = laneName(task);
      if (event.kind === "evaluation") notes.set(lane, validationNote(event));
      else progress.update(lane, laneState(event, notes.get(lane) ?? ""));
    },
    onResult: async (task, run) => saved?.save(task, run),
  });
  progress.end();
  let next = 0;
  return known.map((run) => run ?? trained[next++]);
}

/** Names runs by their variant, and by their data and seed where there are several. */
function nameLanes(tasks: readonly StudyTask[]): (task: StudyTask) => string {
  const seeds = new Set(tasks.map(({ seed }) => seed)).size;
  const sets = new Set(tasks.map(({ dataset }) => dataset)).size;
  return ({ dataset, seed, variant }) =>
    [sets > 1 ? `${dataset}: ` : "", variant, seeds > 1 ? ` seed ${seed}` : ""].join("");
}
