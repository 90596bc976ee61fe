import { byteReport, buildModelSpec, type QuantizationConfig } from "@dqrm/dlrm";
import { SHAPES } from "../bench/shapes.ts";
import type { CellTable } from "../study/metric-table.ts";
import { POST_TRAINING } from "../study/post-training.ts";
import type { RunResult } from "../study/study-result.ts";
import { formatBytes, formatCount, formatDifference } from "../terminal/format-number.ts";
import type { Experiment } from "./experiment.ts";
import type { PairedDifference, VariantSummary } from "./summary.ts";

/** Says what was found on validation and test, with intervals of the differences from the first variant. */
export function foundTable(summary: readonly VariantSummary[]): CellTable {
  return {
    columns: [
      "variant",
      "peak epoch",
      "val AUC peak",
      "val AUC end",
      "test AUC",
      "AUC − first (95 %)",
      "log loss",
      "log loss − first (95 %)",
      "accuracy",
      "accuracy − first (95 %)",
    ],
    rows: summary.map((s) => [
      s.variant,
      number(s.peakEpoch, 1),
      number(s.peakValidationAuc, 4),
      number(s.endValidationAuc, 4),
      number(s.testAuc, 4),
      intervalText(s.aucDifference),
      number(s.testLogloss, 4),
      intervalText(s.loglossDifference),
      percent(s.testAccuracy),
      intervalText(s.accuracyDifference),
    ]),
  };
}

/** Sets what the source gives beside ours, read as the paper read it: the best of all evaluations on the test set. */
export function paperTable(chosen: Experiment, summary: readonly VariantSummary[]): CellTable {
  const paper = (variant: string): readonly string[] =>
    chosen.variants.find(({ name }) => name === variant)?.paper ?? chosen.paperColumns.map(() => "–");
  return {
    columns: [
      "variant",
      "accuracy, best on test*",
      "AUC, best on test*",
      "train loss, last epoch",
      ...chosen.paperColumns.map((column) => `paper: ${column}`),
    ],
    rows: summary.map((s) => [
      s.variant,
      percent(s.bestOnTest.accuracy),
      number(s.bestOnTest.auc, 4),
      number(s.endTrainLoss, 4),
      ...paper(s.variant),
    ]),
  };
}

/** Shows the parts that an experiment asks for; undefined when it asks for none. */
export function partsTable(
  chosen: Experiment,
  summary: readonly VariantSummary[],
  runs: readonly RunResult[],
): CellTable | undefined {
  const columns = partColumns(chosen, runs);
  if (columns.length === 0) return undefined;
  return {
    columns: ["variant", ...columns.map(({ title }) => title)],
    rows: summary.map((s) => [s.variant, ...columns.map(({ cell }) => cell(s))]),
  };
}

interface PartColumn {
  readonly title: string;
  readonly cell: (summary: VariantSummary) => string;
}

function partColumns(chosen: Experiment, runs: readonly RunResult[]): readonly PartColumn[] {
  const { parts, targetDistance, trueShape } = chosen;
  const quantization = ({ dataset, variant }: VariantSummary): QuantizationConfig | undefined =>
    servedQuantization(runs.find((run) => run.variant === variant && run.dataset === dataset));
  return parts.flatMap((part): readonly PartColumn[] => {
    switch (part) {
      case "size":
        return [
          { title: "size", cell: ({ bytes }) => formatBytes(bytes) },
          ...(trueShape === null
            ? []
            : [
                {
                  title: `size, ${trueShape} model and rows`,
                  cell: (s: VariantSummary) => trueSize(quantization(s), trueShape),
                },
              ]),
        ];
      case "speed":
        return [{ title: "ms/step", cell: (s) => number(s.stepMilliseconds, 3) }];
      case "messages":
        return [
          {
            title: "bytes a message",
            cell: ({ messageBytes }) => (messageBytes === null ? "–" : formatBytes(messageBytes)),
          },
        ];
      case "codes":
        return [
          { title: "zero codes", cell: (s) => percent(s.zeroShare) },
          { title: "zero codes at the end", cell: (s) => percent(s.zeroShareAtEnd) },
        ];
      case "target":
        return [
          {
            title: `steps to ${formatDifference(-targetDistance)} of the first`,
            cell: ({ stepsToTarget }) =>
              stepsToTarget === null ? "not reached" : formatCount(stepsToTarget),
          },
        ];
    }
  });
}

/** The paper's layers and rows under the variant's quantization: nothing of that size is trained here. */
function trueSize(quantization: QuantizationConfig | undefined, shape: "kaggle" | "terabyte"): string {
  if (quantization === undefined) return "–";
  const { config: paper, denseFeatures, rows } = SHAPES[shape];
  const features = rows.map((count, f) => ({ name: `table-${f}`, rows: count }));
  const spec = buildModelSpec({ ...paper, quantization }, { denseFeatures, features });
  const { total } = byteReport(spec, 0);
  return `${(total / 1e9).toFixed(4)} GB`;
}

/** A model that was quantized after training takes as many bytes as one that was trained in such codes. */
function servedQuantization(run: RunResult | undefined): QuantizationConfig | undefined {
  if (run === undefined || run.postTraining === null) return run?.config.quantization;
  const { mlp, tables } = POST_TRAINING[run.postTraining];
  const { quantization } = run.config;
  return {
    ...quantization,
    tables: { ...quantization.tables, bits: tables.bits, granularity: tables.granularity },
    mlp: { bits: mlp.bits, granularity: mlp.granularity, bias: mlp.bias },
  };
}

/** Writes a mean difference with its interval; the first variant has none. */
export function intervalText(difference: PairedDifference | null): string {
  if (difference === null) return "–";
  const { high, low, mean } = difference.interval;
  return `${formatDifference(mean)} [${formatDifference(low)}, ${formatDifference(high)}]`;
}

function number(value: number | null, digits: number): string {
  return value === null ? "–" : value.toFixed(digits);
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(2)} %`;
}
