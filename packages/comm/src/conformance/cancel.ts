import type { CancelSignal } from "../abort.ts";

/** Fires a signal when the kit says so: the kit runs where no AbortController exists. */
export interface Cancel {
  readonly signal: CancelSignal;
  fire(reason: Error): void;
}

/** Creates a signal that has not fired. */
export function createCancel(): Cancel {
  const listeners = new Set<() => void>();
  let fired: Error | undefined;
  const signal: CancelSignal = {
    get aborted() {
      return fired !== undefined;
    },
    get reason() {
      return fired;
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
      fired = reason;
      for (const listener of [...listeners]) listener();
    },
  };
}
