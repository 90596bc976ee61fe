import type { KernelBackend, LoadedKernels, ModelSpec } from "@dqrm/core";
import { trainingBytes, type DlrmConfig, type TrainingBits } from "@dqrm/dlrm";
import { NOT_INSTALLED } from "../pipeline/choose-kernels.ts";
import type { BadLines } from "../pipeline/bad-lines.ts";
import { formatBytes, formatCount } from "../terminal/format-number.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Says which kernels were chosen and on what they run, and which plugins were left out, and why. */
export function noteKernels({ kernels, skipped }: LoadedKernels, terminal: Terminal): void {
  const names = kernels.backends.map(backendText).join(", ");
  const absent = [...skipped].filter(([, reason]) => reason.endsWith(NOT_INSTALLED)).map(([name]) => name);
  const reasons = [
    ...(absent.length === 0 ? [] : [`not installed: ${absent.join(", ")}`]),
    ...[...skipped].flatMap(([name, reason]) =>
      absent.includes(name) ? [] : [`skipped ${name}: ${reason}`],
    ),
  ];
  terminal.err(`kernels: ${names}${reasons.length > 0 ? ` (${reasons.join("; ")})` : ""}\n`);
}

function backendText({ machine, name }: KernelBackend): string {
  if (machine === undefined) return name;
  return `${name} (${machine.isa}, ${machine.threads} ${machine.threads === 1 ? "thread" : "threads"})`;
}

/** Says that threads were asked for which the kernels of a model do not use. */
export function noteThreads(asked: number | undefined, { kernels }: LoadedKernels, terminal: Terminal): void {
  const [{ machine, name }] = kernels.backends;
  const used = machine?.threads ?? 1;
  if (asked === undefined || asked <= used) return;
  terminal.err(
    `threads: ${used} of ${asked}, for the ${name} kernels run on ${used === 1 ? "one thread" : used}\n`,
  );
}

/** Says how many bad lines were left out, and what is wrong with the first. */
export function noteBadLines({ count, first }: BadLines, terminal: Terminal): void {
  const lines = count();
  if (lines === 0) return;
  terminal.err(
    `data: ${formatCount(lines)} bad ${lines === 1 ? "line was" : "lines were"} left out, the first: ${first()}\n`,
  );
}

/** Says what training keeps of the model in memory, and in what form its tables are kept. */
export function noteMemory(spec: ModelSpec, terminal: Terminal): void {
  const { layers, optimizer, stored, weights } = trainingBytes(spec);
  const parts = [
    [weights, "in float weights of tables"],
    [stored, "in codes of tables without float weights"],
    [optimizer, "in the optimizer"],
    [layers, "in layers"],
  ] as const;
  const texts = parts.flatMap(([bytes, what]) => (bytes === 0 ? [] : [`${formatBytes(bytes)} ${what}`]));
  terminal.err(`memory: ${texts.join(", ")}\n`);
}

/** Says that a compression of tables was asked for which no table is long enough for. */
export function noteCompression(
  { model }: DlrmConfig,
  features: readonly { readonly rows: number }[],
  terminal: Terminal,
): void {
  const ways = ["quotientRemainder", "mixedDimensions", "hashing", "robe", "tensorTrain"] as const;
  for (const way of ways) {
    const { enabled, threshold } = model[way];
    // Hashing a table onto more rows than it has would make it longer.
    const least = way === "hashing" ? Math.max(threshold, model.hashing.rows) : threshold;
    if (!enabled || features.some(({ rows }) => rows > least)) continue;
    terminal.err(
      `tables: model.${way} changes nothing, for no table has more than ${formatCount(least)} rows\n`,
    );
  }
}

/** Says which bit widths a run will go through, and that only the last ones are selected. */
export function noteSchedule({ quantization }: DlrmConfig, terminal: Terminal): void {
  const { mlp, schedule, tables } = quantization;
  if (schedule.length === 0) return;
  const first = { fromEpoch: 0, tablesBits: tables.bits, mlpBits: mlp.bits };
  const phases = schedule[0].fromEpoch === 0 ? schedule : [first, ...schedule];
  const texts = phases.map(
    ({ fromEpoch, mlpBits, tablesBits }) =>
      `tables ${bitsText(tablesBits)} and layers ${bitsText(mlpBits)} from epoch ${fromEpoch + 1}`,
  );
  terminal.err(`schedule: ${texts.join("; ")}; the best epoch of the last phase is selected\n`);
}

function bitsText(bits: TrainingBits): string {
  return bits === 32 ? "FP32" : `INT${bits}`;
}
