import { resolve } from "node:path";
import { DqrmError, type PackedModel } from "@dqrm/core";
import type { DlrmConfig } from "@dqrm/dlrm";
import { listCheckpoints, saveModelDirectory, type ModelCard } from "@dqrm/dlrm/node";
import { modelCard, namedMetrics } from "../pipeline/model-card.ts";
import { describeConfig } from "./describe-config.ts";
import { quantizePage } from "./quantize-page.ts";
import type { QuantizeResult } from "./quantize-result.ts";
import { samplesText } from "./quantize-text.ts";

/**
 * Refuses an output directory whose content would be lost or mixed up: the model's own, or that of a training run.
 *
 * @throws STATE naming what is there
 */
export async function checkQuantizeOutput(model: string, out: string): Promise<void> {
  const expected = "--out with a directory of its own";
  if (resolve(model) === resolve(out)) {
    throw new DqrmError("STATE", { op: "quantize", expected, actual: `${out} is the model itself` });
  }
  const [newest] = await listCheckpoints(out);
  if (newest === undefined) return;
  throw new DqrmError("STATE", { op: "quantize", expected, actual: `${newest.path} of a training run` });
}

/** Holds a quantized model with all that its directory says. */
export interface QuantizedDirectory {
  readonly trainedWith: DlrmConfig;
  readonly model: PackedModel;
  /** Content of preprocessing.json, as the trained model has it. */
  readonly preprocessing: unknown;
  readonly result: QuantizeResult;
}

/** Writes the model directory; the card, quantization.json and report.html say what was done to which model. */
export async function saveQuantized({
  model,
  preprocessing,
  result,
  trainedWith,
}: QuantizedDirectory): Promise<void> {
  const { measured } = result;
  await saveModelDirectory(result.out, {
    config: trainedWith,
    model,
    preprocessing,
    card: quantizedCard(result),
    metrics: measured === null ? [] : [measured],
    documents: [
      { name: "quantization.json", text: `${JSON.stringify(result, undefined, 2)}\n` },
      { name: "report.html", text: quantizePage(result) },
    ],
  });
}

function quantizedCard({ config, from, measured }: QuantizeResult): ModelCard {
  const { bits } = config.tables;
  const crc32 = from.modelCrc32.toString(16).padStart(8, "0");
  const card = modelCard({
    title: `${bits === 32 ? "FP32" : `INT${bits}`} DLRM, quantized after training`,
    description: [
      `Post-training quantization of the model in \`${from.path}\` (CRC-32 of its file ${crc32}); \`config.json\` says how that was trained.`,
      `Here: ${describeConfig(config)}. Nothing was trained afterwards.`,
      "`quantization.json` and `report.html` say what each part lost.",
      ...(measured === null ? [] : [`The metrics are those on ${samplesText(measured)}.`]),
    ].join(" "),
    validation: null,
    test: null,
  });
  return {
    ...card,
    tags: [...card.tags, "post-training-quantization"],
    metrics: {
      ...namedMetrics("before quantization", measured?.before ?? null),
      ...namedMetrics("after quantization", measured?.after ?? null),
    },
  };
}
