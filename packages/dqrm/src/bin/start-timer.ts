import type { StartTimer } from "@dqrm/comm";

/** Starts a timer of Node that keeps no process alive by itself. */
export const startTimer: StartTimer = (milliseconds, expired) => {
  const timer = setTimeout(expired, milliseconds);
  return () => {
    clearTimeout(timer);
  };
};
