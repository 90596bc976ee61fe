import { describe, expect, test } from "vitest";
import type { Experiment } from "../src/experiment/experiment.ts";
import { experimentReport } from "../src/experiment/experiment-report.ts";
import { EXPERIMENTS } from "../src/experiment/experiments.ts";
import { planTasks } from "../src/experiment/plan-tasks.ts";
import { readTask } from "../src/study/read-task.ts";
import type { TaskProcesses } from "../src/study/task-group.ts";
import { runTask } from "../src/study/run-task.ts";
import type { RunResult, StudyResult } from "../src/study/study-result.ts";
import { scratchFolder } from "./call.ts";

/** Sixteen columns, which every way of compression divides; four epochs, so that every schedule has its last phase. */
const TINY = {
  data: ["synthetic:planted?tableRows=10,300&denseFeatures=4"],
  rows: 250,
  schema: "auto",
  label: undefined,
  preset: undefined,
  variants: undefined,
  seeds: 1,
  epochs: 4,
  out: "",
  fresh: false,
  kernels: "reference",
  threads: 1,
  assignments: [
    ["model.embeddingDim", "16"],
    ["model.bottom", "[16]"],
    ["model.top", "[8,1]"],
    ["training.batchSize", "16"],
    ["training.evaluateEverySteps", "0"],
    ["data.split", '{"kind":"temporal","validation":0.2,"test":0.2}'],
  ],
  json: false,
  transport: undefined,
} as const;

const ALONE: TaskProcesses = {
  place: undefined,
  startRank: () => () => {
    throw new Error("one process computes all parts");
  },
  freePort: () => Promise.reject(new Error("nobody listens")),
  startTimer: () => () => undefined,
};

async function runAll(name: string, chosen: Experiment): Promise<readonly RunResult[]> {
  const tasks = await planTasks(chosen, { ...TINY, name }, 1, scratchFolder());
  const runs: RunResult[] = [];
  for (const task of tasks) {
    runs.push(
      // As a worker gets it.
      await runTask(readTask(structuredClone(task)), {
        clock: () => 0,
        processes: ALONE,
        importModule: () => Promise.reject(new Error("reference kernels need no module")),
        onEvent: () => undefined,
        signal: new AbortController().signal,
      }),
    );
  }
  return runs;
}

describe.each(Object.entries(EXPERIMENTS))("experiment %s in its smallest form", (name, chosen) => {
  test("trains every variant, and reports each with curves and without a gap", async () => {
    const runs = await runAll(name, chosen);

    expect(runs.map(({ variant }) => variant)).toEqual(chosen.variants.map((variant) => variant.name));
    for (const { test: tested, variant } of runs) {
      expect(tested?.logloss, variant).toBeGreaterThan(0);
      expect(tested?.auc, variant).toBeGreaterThan(0);
    }
    const environment = { dqrm: "0", node: "0", platform: "", cpu: "", cores: 1, workers: 1 };
    const { title } = chosen;
    const study: StudyResult = { version: 1, name, title, command: "", environment, seconds: 0, runs };
    const page = experimentReport(chosen, study);
    expect(page.match(/<svg /g)).toHaveLength(4);
    expect(page).not.toMatch(/NaN|undefined/);
  });
});
