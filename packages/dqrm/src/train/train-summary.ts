import type { EpochRecord, Metrics, TrainingResult } from "@dqrm/dlrm";
import type { ModelInspection, TableInspection } from "@dqrm/dlrm/node";
import { formatBytes, formatCount, formatDuration } from "../terminal/format-number.ts";
import { metricsText } from "../terminal/metrics-text.ts";
import type { TrainRun } from "./run-training.ts";

/** Holds what `dqrm train --json` prints. */
export interface TrainSummary {
  readonly out: string;
  readonly outcome: TrainingResult["outcome"];
  readonly backend: string;
  readonly seed: number;
  readonly samples: { readonly train: number; readonly validation: number; readonly test: number };
  readonly epochs: number;
  /** The epoch that validation selected, counted from 1. */
  readonly selectedEpoch: number | null;
  readonly validation: Metrics | null;
  readonly test: Metrics | null;
  readonly oracleTestAuc: number | null;
  readonly history: readonly EpochRecord[];
  readonly modelBytes: number;
  readonly samplesPerSecond: number;
  readonly seconds: number;
}

/** Gathers what a run came to. */
export function trainSummary(
  { data, kernels, options, seed }: TrainRun,
  result: TrainingResult,
  inspection: ModelInspection | TableInspection,
): TrainSummary {
  const { test, train, validation } = data.parts;
  const { history } = result.trainer;
  const { selectedRecord } = result;
  return {
    out: options.out,
    outcome: result.outcome,
    backend: kernels.backends.map(({ name }) => name).join(", "),
    seed,
    samples: { train: train.samples, validation: validation.samples, test: test.samples },
    epochs: history.filter(({ endOfEpoch }) => endOfEpoch).length,
    selectedEpoch: selectedRecord === null ? null : selectedRecord.epoch + 1,
    validation: selectedRecord?.validation ?? null,
    test: result.test,
    oracleTestAuc: data.oracleTestAuc,
    history,
    modelBytes: inspection.kind === "model" ? inspection.bytes.total : inspection.totalBytes,
    samplesPerSecond: result.samplesPerSecond,
    seconds: result.seconds,
  };
}

/** Says in lines what a run came to. */
export function trainText(summary: TrainSummary): string {
  const { modelBytes, out, outcome, samplesPerSecond, seconds, selectedEpoch, test, validation } = summary;
  const selected = selectedEpoch === null ? "" : `, epoch ${selectedEpoch} selected`;
  return [
    `${outcome} in ${formatDuration(seconds)} at ${formatCount(samplesPerSecond)} samples/s${selected}`,
    `validation  ${metricsText(validation)}`,
    `test        ${metricsText(test)}`,
    `written: ${out} (model.safetensors ${formatBytes(modelBytes)})`,
    "",
  ].join("\n");
}
