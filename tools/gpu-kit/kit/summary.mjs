/**
 * Holds what the parts of a run left in the folder of results; a part that failed has its reason.
 *
 * @typedef {object} KitResults
 * @property {Part<import("./open-adapter.mjs").AdapterFacts> | undefined} adapter
 * @property {Part<{ gigabytesPerSecond: { median: number, best: number } }> | undefined} copy
 * @property {Part<Record<"kernels" | "plans", import("./check-kernels.mjs").KitCounts>> | undefined} conformance
 * @property {readonly Part<BenchResult>[]} benches
 * @property {readonly Part<TorchResult>[]} torch
 */

/** @template T @typedef {{ name: string, failed?: string, result?: T }} Part */

/** @typedef {{ median: number, best: number }} Rate */

/**
 * Is what the summary reads of a benchmark.
 *
 * @typedef {object} BenchResult
 * @property {"train" | "infer"} name
 * @property {string} shape
 * @property {number} batch
 * @property {number} bits
 * @property {number} rows
 * @property {number} rowBytesPerSample
 * @property {Rate} samplesPerSecond
 */

/**
 * Is what PyTorch took for a shape.
 *
 * @typedef {object} TorchResult
 * @property {string} shape
 * @property {string} version
 * @property {string} device
 * @property {readonly { mode: "train" | "infer", batch: number, samplesPerSecond: Rate }[]} timings
 */

const TITLES = [
  "what",
  "shape",
  "batch",
  "program",
  "numbers",
  "samples/s, median",
  "best",
  "rows, GB/s, median",
  "of the copy",
];

/**
 * Writes the results as one page of Markdown.
 *
 * @param {KitResults} results
 */
export function summaryText(results) {
  const { adapter, benches, conformance, copy, torch } = results;
  const parts = [adapter, copy, conformance, ...benches, ...torch].filter((part) => part !== undefined);
  const failures = parts.flatMap(({ failed, name }) =>
    failed === undefined ? [] : [`- ${name}: ${failed}`],
  );
  const rows = tableRows(results);
  return [
    "# What the GPU kit measured",
    "",
    ...adapterLines(adapter?.result),
    copyLine(copy?.result),
    ...conformanceLines(conformance?.result),
    "",
    ...(rows.length === 0 ? ["Nothing was timed."] : [TITLES, TITLES.map(() => "---"), ...rows].map(line)),
    ...(failures.length === 0 ? [] : ["", "What did not run:", "", ...failures]),
    "",
  ].join("\n");
}

/** @param {KitResults} results */
function tableRows({ benches, copy, torch }) {
  const copied = copy?.result?.gigabytesPerSecond.best;
  const ours = benches.flatMap(({ result }) => (result === undefined ? [] : [result]));
  /** @param {number} bytes */
  const moved = (bytes) => [
    (bytes / 1e9).toPrecision(3),
    copied === undefined ? "–" : `${((100 * bytes) / 1e9 / copied).toPrecision(3)} %`,
  ];
  const own = ours.map(({ batch, bits, name, rowBytesPerSample, samplesPerSecond, shape }) => [
    ...[name, shape, String(batch), "dqrm", bits === 32 ? "FP32" : `INT${bits}`],
    ...rates(samplesPerSecond),
    ...moved(rowBytesPerSample * samplesPerSecond.median),
  ]);
  const peers = torch.flatMap(({ result }) =>
    (result?.timings ?? []).map(({ batch, mode, samplesPerSecond }) => {
      // The same model in floats touches the same rows.
      const same = ours.find(
        ({ bits, name, shape }) => bits === 32 && name === mode && shape === result?.shape,
      );
      return [
        ...[mode, result?.shape ?? "", String(batch), `PyTorch ${result?.version}`, "FP32"],
        ...rates(samplesPerSecond),
        ...(same === undefined ? ["–", "–"] : moved(same.rowBytesPerSample * samplesPerSecond.median)),
      ];
    }),
  );
  return [...own, ...peers].sort(
    (a, b) => compareKeys(a.slice(0, 2), b.slice(0, 2)) || Number(a[2]) - Number(b[2]),
  );
}

/** @param {readonly string[]} a @param {readonly string[]} b */
function compareKeys(a, b) {
  return a.join(" ").localeCompare(b.join(" "));
}

/** @param {Rate} rate */
function rates({ best, median }) {
  return [median, best].map((value) => Math.round(value).toLocaleString("en-US"));
}

/** @param {readonly string[]} cells */
function line(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** @param {import("./open-adapter.mjs").AdapterFacts | undefined} facts */
function adapterLines(facts) {
  if (facts === undefined) return [];
  const { architecture, description, device, software, vendor } = facts;
  const name = [vendor, architecture, device, description].filter((part) => part !== "").join(", ");
  return [
    `Adapter: ${name}.`,
    ...(software ? ["A processor plays the card: no figure here says anything of a GPU."] : []),
  ];
}

/** @param {{ gigabytesPerSecond: Rate } | undefined} copy */
function copyLine(copy) {
  if (copy === undefined) return "Copy bandwidth: not measured.";
  const { best, median } = copy.gigabytesPerSecond;
  return `Copy bandwidth, each byte read and written: ${median.toFixed(1)} GB/s in the median, ${best.toFixed(1)} best.`;
}

/** @param {Record<"kernels" | "plans", import("./check-kernels.mjs").KitCounts> | undefined} counts */
function conformanceLines(counts) {
  if (counts === undefined) return ["Conformance: not run."];
  return Object.entries(counts).flatMap(([kit, { failed, passed, skipped }]) => [
    `Conformance of ${kit}: ${passed} passed, ${failed.length} failed, ${skipped} declined.`,
    ...failed.slice(0, 10).map(({ name, reason }) => `- ${name}: ${reason}`),
  ]);
}
