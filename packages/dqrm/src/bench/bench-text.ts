import { formatBytes, formatCount } from "../terminal/format-number.ts";
import { textTable } from "../terminal/text-table.ts";
import type { CodecBenchResult } from "./bench-codec.ts";
import type { ExchangeBenchResult } from "./bench-exchange.ts";
import type { KernelsBenchResult } from "./bench-kernels.ts";
import type { LookupBenchResult } from "./bench-lookup.ts";
import type { RowsBenchResult } from "./bench-rows.ts";
import type { Rate } from "./meters.ts";
import type { ModelBenchResult } from "./model-bench.ts";

/** Lays out the result of `bench rows`. */
export function rowsText({ batch, sizes }: RowsBenchResult): string {
  const titles = ["rows", "tables", "µs/sample median", "best", "ratio to first", "array growth/step"];
  return numberTable(
    [...titles, "heap growth/step"],
    sizes.map((size) => [
      formatCount(size.rows),
      formatBytes(size.tableBytes),
      ((1000 * size.stepMs.median) / batch).toFixed(2),
      ((1000 * size.stepMs.best) / batch).toFixed(2),
      size.ratio.toFixed(3),
      formatBytes(size.arrayBytesPerStep),
      formatBytes(size.heapBytesPerStep),
    ]),
  );
}

/** Lays out the result of `bench train` and `bench infer`. */
export function modelText(result: ModelBenchResult): string {
  const { after, before } = result.validation;
  const { microsecondsPerCall: call } = result;
  const threads = `${result.threads} ${result.threads === 1 ? "thread" : "threads"}`;
  const { rowGigabytesPerSecond: rowRate } = result;
  const rows = [
    [
      "model",
      `${result.shape}, ${formatCount(result.rows)} rows, ${formatBytes(result.tableBytes)} of tables`,
    ],
    [
      "bits",
      `tables ${bitsText(result.bits)}, layers ${bitsText(result.mlpBits)}, products ${result.products}`,
    ],
    ["kernels", `${result.backend} (${result.isa === null ? "" : `${result.isa}, `}${threads})`],
    ["batch", `${result.batch}, ${result.index} indices, ${result.pooling} a bag`],
    [
      "samples/s",
      `median ${formatCount(result.samplesPerSecond.median)}, best ${formatCount(result.samplesPerSecond.best)}`,
    ],
    ["µs a call", `median ${call.p50.toFixed(2)}, 99 % ${call.p99.toFixed(2)}, best ${call.best.toFixed(2)}`],
    ["rows", rateText(rowRate, (value) => `${value.toPrecision(3)} GB/s`)],
    ...rooflineRows(result),
    ["peak memory", formatBytes(result.peakRssBytes)],
    ["off the reference", `${percent(Math.max(before.share, after.share))} of the bound`],
    ...stageRows(result.stages),
  ];
  return textTable(
    [
      { title: `bench ${result.name}`, align: "left" },
      { title: "", align: "left" },
    ],
    rows,
  );
}

/** Lays out the result of `bench kernels`. */
export function kernelsText({ fmaPeakGflops, products }: KernelsBenchResult): string {
  const peak = fmaPeakGflops === null ? "unknown" : `${fmaPeakGflops.toFixed(1)} GFLOP/s`;
  const table = numberTable(
    ["op", "backend", "samples", "inputs", "outputs", "GFLOP/s median", "best", "share median", "best"],
    products.map(({ backend, gflops, inputs, op, outputs, samples, share }) => [
      op,
      backend,
      ...[samples, inputs, outputs].map(formatCount),
      gflops.median.toFixed(1),
      gflops.best.toFixed(1),
      ...(share === null ? ["–", "–"] : [percent(share.median), percent(share.best)]),
    ]),
  );
  return `one thread, peak ${peak}\n\n${table}`;
}

/** Lays out the result of `bench lookup`. */
export function lookupText({ bits, codeBytes, cols, index, lookups, rows }: LookupBenchResult): string {
  const table = numberTable(
    ["through", "backend", "threads", "indices a bag", "Mrows/s median", "best", "best in its lookups"],
    lookups.map(({ backend, megarowsPerSecond, pooling, stageMegarowsPerSecond, threads, through }) => [
      through,
      backend,
      ...[threads, pooling].map(String),
      megarowsPerSecond.median.toFixed(1),
      megarowsPerSecond.best.toFixed(1),
      stageMegarowsPerSecond?.best.toFixed(1) ?? "–",
    ]),
  );
  return `${formatCount(rows)} rows of ${cols} INT${bits} codes (${formatBytes(codeBytes)}), ${index} indices\n\n${table}`;
}

function numberTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return textTable(
    titles.map((title) => ({ title, align: "right" })),
    rows,
  );
}

function rooflineRows(result: ModelBenchResult): readonly (readonly string[])[] {
  const { barrierNanoseconds: barrier, fmaPeakGflops, readGigabytesPerSecond, rooflineFraction } = result;
  if (fmaPeakGflops === null || readGigabytesPerSecond === null || rooflineFraction === null)
    return [["share of roofline", "left out: the kernels know no peak"]];
  return [
    ["share of roofline", rateText(rooflineFraction, percent)],
    ["peaks", `${fmaPeakGflops.toFixed(1)} GFLOP/s, ${readGigabytesPerSecond.toFixed(1)} GB/s read`],
    ...(barrier === null || barrier.most === 0
      ? []
      : [["threads meet in", `${barrier.least.toFixed(0)} to ${barrier.most.toFixed(0)} ns`]]),
  ];
}

function stageRows(stages: ModelBenchResult["stages"]): readonly (readonly string[])[] {
  const spent = Object.entries(stages).filter(([, share]) => share > 0);
  const rows = spent.map(([stage, share]) => [`stage ${stage}`, percent(share).padStart(6)]);
  return rows.length === 0 ? [["stages", "not measured by this plan"]] : rows;
}

function rateText({ best, median }: Rate, text: (value: number) => string): string {
  return `median ${text(median)}, best ${text(best)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function bitsText(bits: number): string {
  return bits === 32 ? "FP32" : `INT${bits}`;
}

/** Lays out the result of `bench codec`. */
export function codecText(result: CodecBenchResult): string {
  const { batch, codecs, layerValues, loops, paperInt8Bytes, shape, sparseFloatBytes, touchedRows } = result;
  const ratio = (bytes: number): string => `${(sparseFloatBytes / bytes).toFixed(1)}x`;
  const time = ({ best, median }: { readonly best: number; readonly median: number }): string =>
    `${median.toFixed(2)} (${best.toFixed(2)})`;
  const computed = (name: string, bytes: number): readonly string[] => [
    name,
    formatBytes(bytes),
    ratio(bytes),
    "",
    "",
    "",
  ];
  const head = `${shape}, ${batch} samples: ${formatCount(touchedRows)} rows, ${formatCount(layerValues)} values of layers`;
  const table = numberTable(
    ["codec", "bytes a step", "smaller", "encode ms (best)", "decode ms (best)", "largest error"],
    [
      computed("sparse floats, 64-bit ids (computed)", sparseFloatBytes),
      computed("the paper's INT8, no ids (computed)", paperInt8Bytes),
      ...codecs.map(({ bytes, codec, decodeMs, encodeMs, error }) => [
        codec,
        formatBytes(bytes),
        ratio(bytes),
        time(encodeMs),
        time(decodeMs),
        percent(error),
      ]),
    ],
  );
  return `${head}\n${table}\n${loopsText(loops)}`;
}

function loopsText(loops: CodecBenchResult["loops"]): string {
  return [
    `summing rows and writing them in INT8: ${loops.coalesceAndEncodeUs.toFixed(0)} µs a step, rows new each time ${loops.coalesceAndEncodeNewUs.toFixed(0)}, table by table ${loops.coalesceAndEncodeByTableUs.toFixed(0)}`,
    `INT8 in GB/s of floats: ${loops.encodeGigabytes.toFixed(1)}, back ${loops.decodeGigabytes.toFixed(1)}`,
    `INT8 with error feedback in GB/s of floats: ${loops.feedbackGigabytes.toFixed(1)}; INT4 at random: ${loops.drawnGigabytes.toFixed(1)}`,
    `by frequency in MB/s of codes: ${loops.encodeEntropyMegabytes.toFixed(0)}, back ${loops.decodeEntropyMegabytes.toFixed(0)}`,
    `checksum: ${loops.checksumGigabytes.toFixed(1)} GB/s`,
  ].join("\n");
}

/** Lays the result of `bench exchange` out as a table. */
export function exchangeText(result: ExchangeBenchResult): string {
  const { batch, codecs, computeMs, shape, steps, transport, workers } = result;
  const group = `${shape}, ${workers} workers over ${transport}, ${batch} samples each, ${steps} steps`;
  const head = `${group}; ${computeMs.toFixed(2)} ms a step to compute and apply`;
  const table = numberTable(
    [
      "codec",
      "bytes a worker",
      "exchange ms (best)",
      "of a step",
      "shorter",
      "bytes alone ms (best)",
      "shorter",
    ],
    codecs.map(({ bytes, codec, exchangeMs, layerSum, shorter, stepShare, wireMs, wireShorter }) => [
      layerSum === "owner" ? `${codec}, owners` : codec,
      formatBytes(bytes),
      `${exchangeMs.median.toFixed(2)} (${exchangeMs.best.toFixed(2)})`,
      `${(100 * stepShare).toFixed(0)} %`,
      `${shorter.toFixed(1)}x`,
      `${wireMs.median.toFixed(2)} (${wireMs.best.toFixed(2)})`,
      `${wireShorter.toFixed(1)}x`,
    ]),
  );
  return `${head}\n${table}`;
}
