import type { Terminal } from "../src/terminal/terminal.ts";

/** A terminal whose clock the test moves and whose text it reads. */
export interface FakeTerminal extends Terminal {
  advance(milliseconds: number): void;
  stdout(): string;
  stderr(): string;
}

export function fakeTerminal(
  options: { readonly interactive?: boolean; readonly columns?: number; readonly signal?: AbortSignal } = {},
): FakeTerminal {
  let out = "";
  let err = "";
  let time = 0;
  return {
    interactive: options.interactive ?? false,
    columns: options.columns ?? 100,
    signal: options.signal ?? new AbortController().signal,
    now: () => time,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    advance: (milliseconds) => {
      time += milliseconds;
    },
    stdout: () => out,
    stderr: () => err,
  };
}
