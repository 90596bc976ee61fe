import type { Terminal } from "./terminal.ts";

/** Gives a terminal on which nothing appears: the first worker speaks for all. */
export function silenced(terminal: Pick<Terminal, "now" | "signal">): Terminal {
  const { now, signal } = terminal;
  const nothing = (): undefined => undefined;
  return { out: nothing, err: nothing, interactive: false, columns: 80, now, signal };
}
