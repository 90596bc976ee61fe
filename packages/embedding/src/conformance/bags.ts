import { jaggedFrom, type Jagged } from "@dqrm/core";

const mixed = jaggedFrom([[0, 7, 3], [], [5], [5, 5, 0], [], [6]]);

/** Bags that tables have been seen to get wrong, by name; they read rows 0 to 7 and no others. */
export const BAG_SHAPES: Readonly<Record<string, Jagged>> = {
  "no bags": jaggedFrom([]),
  "an empty bag": jaggedFrom([[]]),
  "one index in each bag": jaggedFrom([[1], [0], [7], [1]]),
  "a row repeated in one bag": jaggedFrom([[4, 4, 4], [4]]),
  "bags of several lengths": mixed,
  "weighted bags": { ...mixed, weights: Float32Array.of(0.5, -2, 0, 3, 1, 0.25, -1, 1.5) },
  "arrays longer than their bags": {
    indices: Int32Array.of(1, 2, 3, -9, 2 ** 30),
    offsets: Int32Array.of(0, 2, 3),
    weights: Float32Array.of(1, 2, 3, Number.NaN, Number.NaN),
  },
};
