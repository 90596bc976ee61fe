import type { CancelSignal } from "./abort.ts";

/** Fires a signal by hand: the package runs where no AbortController exists. */
export interface Cancel {
  readonly signal: CancelSignal;
  fire(reason: unknown): void;
}

/** Creates a signal that has not fired. */
export function createCancel(): Cancel {
  const listeners = new Set<() => void>();
  let fired = false;
  let why: unknown;
  const signal: CancelSignal = {
    get aborted() {
      return fired;
    },
    get reason() {
      return why;
    },
    addEventListener: (_type, listener) => {
      listeners.add(listener);
    },
    removeEventListener: (_type, listener) => {
      listeners.delete(listener);
    },
  };
  return {
    signal,
    fire(reason) {
      fired = true;
      why = reason;
      for (const listener of [...listeners]) listener();
    },
  };
}
