import type { LoadedKernels } from "@dqrm/core";
import type { Terminal } from "../terminal/terminal.ts";

/** Says which kernel plugins were left out, and why. */
export function noteSkipped({ kernels, skipped }: LoadedKernels, terminal: Terminal): void {
  const names = kernels.backends.map(({ name }) => name).join(", ");
  const reasons = [...skipped].map(([name, reason]) => `${name}: ${reason}`);
  terminal.err(`kernels: ${names}${reasons.length > 0 ? ` (skipped ${reasons.join("; ")})` : ""}\n`);
}

/** Says that threads were asked for which the kernels cannot use. */
export function noteThreads(threads: number, { kernels }: LoadedKernels, terminal: Terminal): void {
  const first = kernels.backends[0].name;
  if (threads > 1 && first === "reference") {
    terminal.err(`threads: 1 of ${threads}, for the reference kernels run on one thread\n`);
  }
}
