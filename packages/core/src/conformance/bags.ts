import { jaggedFrom, type Jagged } from "../format/jagged.ts";

/** Rows of the tables that bags read; odd, and less than a block. */
export const BAG_ROWS = 37;

/** Indices that no table has. */
export const HOSTILE_INDICES: readonly number[] = [-1, BAG_ROWS, 2 ** 30];

const mixed = jaggedFrom([[0, BAG_ROWS - 1, 3], [], [5], [5, 5, 0], [], [36]]);

/** Bags that backends have been seen to get wrong, by name. */
export const BAG_SHAPES: Readonly<Record<string, Jagged>> = {
  "no bags": jaggedFrom([]),
  "an empty bag": jaggedFrom([[]]),
  "empty bags between full ones": mixed,
  "a row repeated in one bag": jaggedFrom([[7, 7, 7]]),
  "one index per bag": jaggedFrom([[3], [0], [BAG_ROWS - 1], [3], [8]]),
  "a long bag": jaggedFrom([Array.from({ length: 300 }, (_, i) => (i * 11) % BAG_ROWS), [1]]),
  "weighted bags": {
    ...mixed,
    weights: Float32Array.of(0.3, -1.7, 0, 2.5, 1, 0.1, -0.1, 3),
  },
};

/** Bags of which parts are computed. */
export const PARTED_BAGS: Jagged = mixed;

/** Gives bags with one hostile index in the last position, after good ones. */
export function hostileBags(index: number): Jagged {
  return jaggedFrom([[0, 1], [], [2, index]]);
}

/** Two bags whose offsets cannot be: they point behind the indices, or fall. */
export const BROKEN_BAGS: Readonly<Record<string, Jagged>> = {
  "point behind the indices": { indices: Int32Array.of(1, 2), offsets: Int32Array.of(0, 1, 3) },
  fall: { indices: Int32Array.of(1, 2), offsets: Int32Array.of(0, 2, 1) },
};
