import type { PackedModel, PackedRows } from "@dqrm/core";
import type { SafetensorsLayout } from "../safetensors/layout.ts";
import { modelBytes } from "./model-bytes.ts";

/** Says what a model card states beside the sizes, which are computed. */
export interface ModelCard {
  readonly title: string;
  /** SPDX identifier, for instance "apache-2.0". */
  readonly license: string;
  readonly tags: readonly string[];
  /** What the model was trained on and for, in Markdown. */
  readonly description: string;
  /** Each with the split that it was measured on, for instance "auc (test)". */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Writes a model card: YAML front matter, then tables of metrics, sizes and embedding tables.
 *
 * @source https://huggingface.co/docs/hub/model-cards
 */
export function renderModelCard(card: ModelCard, model: PackedModel, layout: SafetensorsLayout): string {
  const bytes = modelBytes(model.spec, layout);
  const metrics = Object.entries(card.metrics);
  return [
    ...frontMatter(card),
    `# ${card.title}`,
    "",
    card.description,
    "",
    "| metric | value |",
    "| --- | --- |",
    ...metrics.map(([name, value]) => `| ${cell(name)} | ${value} |`),
    "",
    "| part of `model.safetensors` | bytes |",
    "| --- | --- |",
    ...Object.entries(bytes).map(([name, count]) => `| ${PART_TITLES[name] ?? name} | ${count} |`),
    "",
    "| table | rows | columns | stored as |",
    "| --- | --- | --- | --- |",
    ...model.spec.tables.map(
      ({ cols, name, rows }, t) => `| ${cell(name)} | ${rows} | ${cols} | ${storage(model.tables[t])} |`,
    ),
    "",
    "Load it with `loadModelDirectory` of `@dqrm/dlrm/node`, or `dqrm predict --model DIR`.",
    "",
  ].join("\n");
}

const PART_TITLES: Readonly<Record<string, string>> = {
  codes: "embedding tables",
  scales: "scales and biases of tables",
  pooling: "pooling weights",
  layers: "linear layers",
  header: "header",
  padding: "alignment",
  total: "**total**",
};

function frontMatter({ license, metrics, tags }: ModelCard): readonly string[] {
  // A JSON text is a YAML text, so quoting needs no rules of its own.
  return [
    "---",
    `license: ${JSON.stringify(license)}`,
    "library_name: dqrm",
    "tags:",
    ...tags.map((tag) => `- ${JSON.stringify(tag)}`),
    "metrics:",
    ...Object.keys(metrics).map((name) => `- ${JSON.stringify(name)}`),
    "---",
    "",
  ];
}

function storage(table: PackedRows | Float32Array): string {
  if (table instanceof Float32Array) return "FP32";
  const { bits, granularity, scheme } = table.format;
  const group = granularity.kind === "group" ? ` of ${granularity.groupCols}` : "";
  return `INT${bits}, ${scheme}, one scale per ${granularity.kind}${group}`;
}

function cell(text: string): string {
  return text.replace(/[|\\\n\r]/g, (char) => (char === "|" || char === "\\" ? `\\${char}` : " "));
}
