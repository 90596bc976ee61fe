import { join } from "node:path";
import { parseDataUrl } from "@dqrm/data";
import { presets, setConfigValues } from "@dqrm/dlrm";
import { EXPERIMENTS, type Experiment, type ExperimentVariant } from "../experiment/experiments.ts";
import type { Interval } from "../experiment/paired-interval.ts";
import { summarise, type VariantSummary } from "../experiment/summary.ts";
import { laneThreads } from "../study/lane.ts";
import { runStudy } from "../study/run-study.ts";
import type { StudyTask } from "../study/study-result.ts";
import { UsageError } from "../terminal/report-error.ts";
import { formatDifference } from "../terminal/format-number.ts";
import { textTable } from "../terminal/text-table.ts";
import { callText } from "./call-text.ts";
import type { Assignment } from "./dlrm-aliases.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm experiment`. */
export interface ExperimentOptions {
  readonly name: string;
  /** Address of generated data; the seed of each run is added to it. */
  readonly data: string;
  /** Names of the variants to run, in the order of the experiment; undefined runs all. */
  readonly variants: readonly string[] | undefined;
  readonly seeds: number | undefined;
  readonly epochs: number | undefined;
  readonly out: string;
  readonly kernels: string;
  readonly threads: number;
  readonly assignments: readonly Assignment[];
  readonly json: boolean;
}

/**
 * Runs every variant of an experiment with every seed, and prints what validation selected, paired by seed.
 * A name that is not listed is a UsageError.
 */
export async function experiment(options: ExperimentOptions, surroundings: Surroundings): Promise<void> {
  const { json, name, out, threads } = options;
  const { machine, studyWorkerUrl, terminal } = surroundings;
  if (!Object.hasOwn(EXPERIMENTS, name)) {
    throw new UsageError(
      `experiment "${name}" is not known, expected ${Object.keys(EXPERIMENTS).join(", ")}`,
    );
  }
  if (parseDataUrl(options.data) === undefined) {
    throw new UsageError(
      `experiments run on generated data, expected synthetic:planted?…, not ${options.data}`,
    );
  }
  const chosen = EXPERIMENTS[name];
  const variants = chooseVariants(chosen, options.variants);
  const tasks = experimentTasks({ ...chosen, variants }, options, machine.cores);
  const study = await runStudy(
    {
      name,
      title: chosen.title,
      command: experimentCall(options),
      tasks,
      directory: join(out, name),
      environment: { ...machine, workers: Math.min(threads, tasks.length) },
      lead: ({ runs }) => [`${chosen.source}. Expected: ${chosen.expectation}`, summaryText(summarise(runs))],
    },
    terminal,
    studyWorkerUrl,
  );
  const summary = summarise(study.runs);
  if (json) {
    terminal.out(`${JSON.stringify({ name, summary, seconds: study.seconds })}\n`);
    return;
  }
  terminal.out(
    `${chosen.title}\n${chosen.source}\nexpected: ${chosen.expectation}\n\n${summaryTable(summary)}\n\n`,
  );
  terminal.out(`written: ${join(out, name, "report.html")}  ${join(out, name, "result.json")}\n`);
}

function experimentCall({ assignments, data, epochs, name, seeds, variants }: ExperimentOptions): string {
  const flags = { data, variants: variants?.join(","), seeds, epochs };
  return callText(`experiment ${name}`, flags, assignments);
}

function chooseVariants(
  { variants }: Experiment,
  names: readonly string[] | undefined,
): readonly ExperimentVariant[] {
  if (names === undefined) return variants;
  const known = variants.map(({ name }) => name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`variant "${stranger}" is not known, expected some of ${known.join(", ")}`);
  }
  return variants.filter(({ name }) => names.includes(name));
}

function experimentTasks(
  chosen: Experiment,
  options: ExperimentOptions,
  cores: number,
): readonly StudyTask[] {
  const { assignments, data, epochs = chosen.epochs, kernels, seeds = chosen.seeds } = options;
  const threads = laneThreads(cores, Math.min(options.threads, seeds * chosen.variants.length));
  const separator = data.includes("?") ? "&" : "?";
  return Array.from({ length: seeds }, (_, s) => s + 1).flatMap((seed) =>
    chosen.variants.map((variant): StudyTask => ({
      variant: variant.name,
      seed,
      config: setConfigValues(presets.demo, [
        ["training.epochs", String(epochs)],
        ...variant.assignments,
        ...assignments,
      ]),
      data: `${data}${separator}seed=${seed}`,
      kernels,
      threads,
      modelDirectory: null,
    })),
  );
}

function summaryTable(summary: readonly VariantSummary[]): string {
  const titles = [
    "variant",
    "peak epoch",
    "val AUC peak",
    "val AUC end",
    "test AUC",
    "− first (95 %)",
    "log loss − first (95 %)",
  ];
  return textTable(
    titles.map((title, c) => ({ title, align: c === 0 ? "left" : "right" })),
    summary.map((s) => [
      s.variant,
      s.peakEpoch.toFixed(1),
      s.peakValidationAuc.toFixed(4),
      s.endValidationAuc.toFixed(4),
      s.testAuc.toFixed(4),
      intervalText(s.testAucDifference),
      intervalText(s.testLoglossDifference),
    ]),
  );
}

function summaryText(summary: readonly VariantSummary[]): string {
  return summary
    .map(({ endValidationAuc, peakEpoch, peakValidationAuc, testAuc, testAucDifference, variant }) => {
      const compared =
        testAucDifference === null ? "" : `, ${intervalText(testAucDifference)} against the first`;
      return `${variant}: validation peaks at ${peakValidationAuc.toFixed(4)} in epoch ${peakEpoch.toFixed(1)} and ends at ${endValidationAuc.toFixed(4)}; test AUC ${testAuc.toFixed(4)}${compared}.`;
    })
    .join(" ");
}

function intervalText(interval: Interval | null): string {
  if (interval === null) return "–";
  return `${formatDifference(interval.mean)} [${formatDifference(interval.low)}, ${formatDifference(interval.high)}]`;
}
