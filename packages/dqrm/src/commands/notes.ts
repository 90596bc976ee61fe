import type { LoadedKernels } from "@dqrm/core";
import { NOT_INSTALLED } from "../pipeline/choose-kernels.ts";
import type { BadLines } from "../pipeline/bad-lines.ts";
import { formatCount } from "../terminal/format-number.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Says which kernel plugins were left out, and why. */
export function noteSkipped({ kernels, skipped }: LoadedKernels, terminal: Terminal): void {
  const names = kernels.backends.map(({ name }) => name).join(", ");
  const absent = [...skipped].filter(([, reason]) => reason.endsWith(NOT_INSTALLED)).map(([name]) => name);
  const reasons = [
    ...(absent.length === 0 ? [] : [`not installed: ${absent.join(", ")}`]),
    ...[...skipped].flatMap(([name, reason]) =>
      absent.includes(name) ? [] : [`skipped ${name}: ${reason}`],
    ),
  ];
  terminal.err(`kernels: ${names}${reasons.length > 0 ? ` (${reasons.join("; ")})` : ""}\n`);
}

/** Says that threads were asked for which the kernels cannot use. */
export function noteThreads(threads: number, { kernels }: LoadedKernels, terminal: Terminal): void {
  const first = kernels.backends[0].name;
  if (threads > 1 && first === "reference") {
    terminal.err(`threads: 1 of ${threads}, for the reference kernels run on one thread\n`);
  }
}

/** Says how many bad lines were left out, and what is wrong with the first. */
export function noteBadLines({ count, first }: BadLines, terminal: Terminal): void {
  const lines = count();
  if (lines === 0) return;
  terminal.err(
    `data: ${formatCount(lines)} bad ${lines === 1 ? "line was" : "lines were"} left out, the first: ${first()}\n`,
  );
}
