import type { RowGradient } from "@dqrm/core";
import type { MessageSchema } from "./message-schema.ts";

/** Sums what shards hold whole, one shard after the other. */
export interface WholeSums {
  /** Forgets the last step. */
  begin(): void;
  /** Moves the whole parameters of the next shard into those of the first. */
  add(next: readonly RowGradient[]): void;
}

/**
 * Prepares the sums of parameters of which every shard has all rows, in the arrays of the first shard. They are made while later messages
 * are on their way, so that little is left to add when the last has come.
 */
export function prepareWholeSums(
  { add, parameters }: MessageSchema,
  first: readonly RowGradient[],
): WholeSums {
  const open = parameters.map(() => true);
  return {
    begin() {
      open.fill(true);
    },
    add(next) {
      if (next === first) return;
      parameters.forEach(({ cols, rows }, p) => {
        const { count, values } = next[p];
        // What comes after a shard that lacks rows would be added before it.
        if (count > 0 && count < rows) open[p] = false;
        if (count < rows || first[p].count < rows || !open[p]) return;
        add(first[p].values.subarray(0, rows * cols), values.subarray(0, rows * cols));
        next[p].count = 0;
      });
    },
  };
}
