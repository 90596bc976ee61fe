import type { DqrmError } from "@dqrm/core";

/** Counts the lines that were left out of a log which is read several times. */
export interface BadLines {
  /** To be called for each bad line of each pass. */
  readonly onBadLine: (error: DqrmError<"DATA">) => void;
  /** Bad lines of the pass that met most of them: a pass may end before the log does. */
  readonly count: () => number;
  /** The first bad line, and what is wrong with it. */
  readonly first: () => string;
}

/** Creates a count; a pass is known to begin when the first bad line of all comes again. */
export function createBadLines(): BadLines {
  let first = "";
  let inThisPass = 0;
  let most = 0;
  return {
    onBadLine({ message }) {
      if (first === "") first = message;
      inThisPass = message === first ? 1 : inThisPass + 1;
      most = Math.max(most, inThisPass);
    },
    count: () => most,
    first: () => first,
  };
}
