import { join } from "node:path";
import { floatTwin, presets, setConfigValues, type DlrmConfig } from "@dqrm/dlrm";
import { metricTable, transpose } from "../study/metric-table.ts";
import { laneThreads } from "../study/lane.ts";
import { digestOf } from "../study/digest.ts";
import { runStudy } from "../study/run-study.ts";
import { studyReport } from "../study/study-report.ts";
import type { RunResult, StudyResult, StudyTask } from "../study/study-result.ts";
import { formatBytes, formatDifference } from "../terminal/format-number.ts";
import { textTable } from "../terminal/text-table.ts";
import { callText } from "./call-text.ts";
import type { Assignment } from "./dlrm-aliases.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm demo`. */
export interface DemoOptions {
  readonly rows: number;
  readonly seed: number;
  readonly out: string;
  readonly kernels: string;
  readonly threads: number;
  readonly assignments: readonly Assignment[];
  readonly json: boolean;
}

/**
 * Trains the FP32 model and its INT4 twin side by side on planted data, and writes result, report and both models.
 */
export async function demo(options: DemoOptions, surroundings: Surroundings): Promise<void> {
  const { assignments, json, out, rows, seed, threads } = options;
  const { machine, studyWorkerUrl, terminal } = surroundings;
  const int4 = setConfigValues(presets.demo, assignments);
  const lanes = Math.min(threads, 2);
  const data = `synthetic:planted?rows=${rows}&seed=${seed}`;
  const tasks = demoTasks(int4, options, { data, threads: laneThreads(machine.cores, lanes) });
  terminal.err(`training ${tasks.map(({ variant }) => variant).join(" and ")} on ${data}\n`);
  const study = await runStudy(
    {
      name: "demo",
      title: "FP32 DLRM and INT4 DQRM side by side",
      command: callText("demo", { rows, seed }, assignments),
      tasks,
      directory: out,
      environment: { ...machine, workers: lanes },
      saved: undefined,
      report: (result) => studyReport(result, demoLead(result)),
    },
    terminal,
    studyWorkerUrl,
  );
  const { columns, rows: cells } = transpose(metricTable(study.runs));
  terminal.err("\n");
  if (json) {
    terminal.out(`${JSON.stringify(study)}\n`);
    return;
  }
  const aligned = columns.map((title, c) => ({
    title,
    align: c === 0 ? ("left" as const) : ("right" as const),
  }));
  terminal.out(`${textTable(aligned, cells)}\n\n${demoLead(study).join("\n")}\n\n`);
  const files = [
    join(out, "report.html"),
    join(out, "result.json"),
    ...tasks.map(({ modelDirectory }) => modelDirectory ?? ""),
  ];
  terminal.out(`written: ${files.join("  ")}\n`);
}

/** Describes the float model and its twin in codes, on the same data. */
function demoTasks(
  int4: DlrmConfig,
  { kernels, out, seed }: DemoOptions,
  { data, threads }: Pick<StudyTask, "data" | "threads">,
): readonly StudyTask[] {
  const task = (variant: string, config: DlrmConfig, directory: string): StudyTask => ({
    ...{ variant, seed, config, data, kernels, threads },
    dataset: "planted",
    dataHash: digestOf(data),
    files: null,
    postTraining: null,
    modelDirectory: join(out, directory),
    transport: null,
  });
  const { bits } = int4.quantization.tables;
  return [task("FP32 DLRM", floatTwin(int4), "fp32"), task(`INT${bits} DQRM`, int4, `int${bits}`)];
}

/** Says in sentences what the demo found, whichever way it went. */
export function demoLead({ runs }: StudyResult): readonly string[] {
  const [float, quantized] = runs;
  const floatAuc = float.test?.auc ?? null;
  const quantizedAuc = quantized.test?.auc ?? null;
  const size = `${quantized.variant} takes ${formatBytes(quantized.bytes.total)}, ${float.variant} ${formatBytes(float.bytes.total)}: ${(float.bytes.total / quantized.bytes.total).toFixed(1)} times smaller.`;
  if (floatAuc === null || quantizedAuc === null) return [size];
  const verdict = `Test AUC ${quantizedAuc.toFixed(4)} against ${floatAuc.toFixed(4)} (${formatDifference(quantizedAuc - floatAuc)}), log loss ${lossOf(quantized)} against ${lossOf(float)}; one seed, so read the signs with care.`;
  return [`${size} ${verdict}`, `${peakSentence(float)} ${peakSentence(quantized)}`.trim()];
}

function lossOf({ test }: RunResult): string {
  return test === null ? "–" : test.logloss.toFixed(4);
}

function peakSentence({ history, selected, variant }: RunResult): string {
  const last = history.at(-1);
  const lastAuc = last?.validation?.auc ?? null;
  const peak = selected?.validation?.auc ?? null;
  if (selected === null || last === undefined || lastAuc === null || peak === null) return "";
  const after =
    selected.epoch === last.epoch ? "the last one" : `${lastAuc.toFixed(4)} after epoch ${last.epoch + 1}`;
  return `${variant} is best on validation after epoch ${selected.epoch + 1} (AUC ${peak.toFixed(4)}; ${after}).`;
}
