import type { PartReport } from "@dqrm/dlrm";
import { codeHistogram } from "../report/code-histogram.ts";
import { escapeHtml } from "../report/escape-html.ts";
import { htmlPage, htmlTable } from "../report/html-page.ts";
import { describeConfig } from "./describe-config.ts";
import type { QuantizeResult } from "./quantize-result.ts";
import { metricChangeTable, partTable, sizeText } from "./quantize-tables.ts";
import { samplesText } from "./quantize-text.ts";

/** Builds the self-contained page of a quantization: metrics, what each part lost, how often each code occurs. */
export function quantizePage(result: QuantizeResult): string {
  const { config, from, measured } = result;
  const title = "Post-training quantization";
  return htmlPage(title, [
    `<h1>${title}</h1>`,
    `<p class="lead">${escapeHtml(sizeText(result))}.</p>`,
    `<p>From <code>${escapeHtml(from.path)}</code> (CRC-32 of its model ${from.modelCrc32.toString(16).padStart(8, "0")}): ${escapeHtml(describeConfig(config))}.</p>`,
    ...(measured === null
      ? ["<p>No data were given: what it did to the metrics is not known.</p>"]
      : [
          "<h2>Metrics</h2>",
          htmlTable(metricChangeTable(measured)),
          `<p class="muted">On ${escapeHtml(samplesText(measured))}.</p>`,
        ]),
    "<h2>What each part lost</h2>",
    htmlTable(partTable(result)),
    '<p class="muted">SNR: squared weights over squared errors. Zero: weights that became exactly zero. Clamped: weights more than half a step outside the levels.</p>',
    ...histograms(result.parts),
  ]);
}

/** Layers have many small matrices; what the dead zone does is seen in tables. */
function histograms(parts: readonly PartReport[]): readonly string[] {
  const figures = parts.flatMap(({ distortion, kind, name }) =>
    kind === "layer" || distortion === null || distortion.histogram.length === 0
      ? []
      : [`<figure>${codeHistogram({ title: name, counts: distortion.histogram })}</figure>`],
  );
  if (figures.length === 0) return [];
  return [
    "<h2>How often each code of a table occurs</h2>",
    `<div class="charts">${figures.join("\n")}</div>`,
  ];
}
