import type { PostTrainingConfig, RangeSearch } from "@dqrm/dlrm";

/** Says in words how tables and layers are quantized. */
export function describeConfig({ mlp, tables }: PostTrainingConfig): string {
  const { bits, granularity, groupCols, scheme, search, threshold } = tables;
  const shared = granularity === "group" ? `${groupCols} columns` : granularity;
  const zone = scheme.startsWith("dead-zone") ? `, threshold ${threshold.value} ${threshold.kind}` : "";
  const tableText =
    bits === 32
      ? "tables as they are"
      : `tables at ${bits} bits, ${scheme}${zone}, a scale per ${shared}, ${searchText(search)}`;
  const output = mlp.granularity === "channel" ? "output" : "layer";
  const biasText = mlp.bias === "float" ? "float biases" : "biases in the same codes";
  const layerText =
    mlp.bits === 32
      ? "layers as they are"
      : `layers at ${mlp.bits} bits, a scale per ${output}, ${biasText}, ${searchText(mlp.search)}`;
  return `${tableText}; ${layerText}`;
}

function searchText(search: RangeSearch): string {
  switch (search.kind) {
    case "none":
      return "exact range";
    case "percentile":
      return `range between the percentiles ${Number((100 - search.percent).toPrecision(6))} and ${search.percent}`;
    case "greedy":
      return `greedy range search (${search.bins} bins, ratio ${search.ratio})`;
    case "squared-error":
      return `range of the least squared error (${search.steps} steps)`;
  }
}
