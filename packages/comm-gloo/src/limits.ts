/** A group larger than this needs more threads than a process should have: two for each other rank. */
export const MAX_GLOO_RANKS = 128;

/** A gradient is never as long; the addon refuses more before it allocates anything. */
export const MAX_MESSAGE_BYTES: number = 2 ** 30;
