/** Sample numbers stay far inside the exact integers of a double, products of two of their square roots included. */
export const MAX_SAMPLES: number = 2 ** 40;

/** Row indices are stored in 32 signed bits. */
export const MAX_TABLE_ROWS: number = 2 ** 31 - 1;

/** The widest public click logs have below a thousand columns; a wider header is malformed or hostile. */
export const MAX_COLUMNS: number = 1 << 14;
