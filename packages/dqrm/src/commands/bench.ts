import { benchRows, type RowsBenchOptions, type RowsBenchResult } from "../bench/bench-rows.ts";
import { chooseKernels } from "../pipeline/choose-kernels.ts";
import { formatBytes, formatCount } from "../terminal/format-number.ts";
import { UsageError } from "../terminal/report-error.ts";
import { textTable } from "../terminal/text-table.ts";
import { noteKernels } from "./notes.ts";
import type { Surroundings } from "./surroundings.ts";

/** Holds the options of `dqrm bench`. */
export interface BenchOptions extends Omit<RowsBenchOptions, "kernels"> {
  readonly name: string;
  readonly kernels: string;
  readonly json: boolean;
}

/** Measures what a benchmark's name says, and prints medians and ratios. */
export async function bench(options: BenchOptions, surroundings: Surroundings): Promise<void> {
  const { importModule, machine, measureMemory, terminal } = surroundings;
  if (options.name !== "rows")
    throw new UsageError(`benchmark "${options.name}" is not known, expected rows`);
  const loaded = await chooseKernels(options.kernels, importModule, { threads: 1 });
  noteKernels(loaded, terminal);
  const { kernels } = loaded;
  const result = benchRows({ ...options, kernels }, { now: () => terminal.now(), measureMemory });
  if (options.json) terminal.out(`${JSON.stringify({ ...result, machine })}\n`);
  else terminal.out(`${benchText(result)}\n`);
}

function benchText({ batch, sizes }: RowsBenchResult): string {
  return textTable(
    [
      "rows",
      "tables",
      "µs/sample median",
      "best",
      "ratio to first",
      "array growth/step",
      "heap growth/step",
    ].map((title) => ({ title, align: "right" as const })),
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
