/** Values that the module codes at a time, with what it may write behind them. */
const LEVEL_BYTES: number = 2 * 640 + 64;

/** Bytes of the levels of as many values as are coded at a time. */
export const LEVELS_ROOM: number = LEVEL_BYTES;

/** Bytes of these levels, of as many draws, of the sums, and of the words of a row's draws: two for each started block of four. */
export const SENT_ROOM: number = 2 * LEVEL_BYTES + 4 * 640 + 8 * (640 / 4 + 8);
