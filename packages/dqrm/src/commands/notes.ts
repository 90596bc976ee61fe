import type { KernelBackend, LoadedKernels } from "@dqrm/core";
import { NOT_INSTALLED } from "../pipeline/choose-kernels.ts";
import type { BadLines } from "../pipeline/bad-lines.ts";
import { formatCount } from "../terminal/format-number.ts";
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
