import type { Addon } from "./addon.ts";

// A process has one MPI, and starts it once.
let opened: Addon | undefined;

/** Gives the addon that has started MPI in this process. */
export function openedAddon(): Addon | undefined {
  return opened;
}

/** Remembers which addon has started MPI. */
export function rememberOpened(addon: Addon): void {
  opened = addon;
}
