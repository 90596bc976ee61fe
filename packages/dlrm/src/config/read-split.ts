import type { SplitSpec } from "@dqrm/data";
import {
  inside,
  integer,
  isRecord,
  list,
  oneOf,
  real,
  record,
  tagged,
  unexpected,
  type Reader,
} from "./read.ts";

/** A log of a century in days; more are a mistake. */
const MAX_DAYS = 36_525;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const share = real(0, 1);

const criteoDays: Reader<{ readonly kind: "criteo"; readonly days: number }> = record({
  kind: oneOf("criteo"),
  days: integer(2, MAX_DAYS),
});

const randomize: Reader<{ readonly kind: "none" | "day" | "total"; readonly seed: number }> = record({
  kind: oneOf("none", "day", "total"),
  seed: count,
});

const criteo: Reader<SplitSpec> = (value, place) => {
  if (!isRecord(value)) throw unexpected(place, "an object", value);
  const { counts, randomize: order, ...days } = value;
  return {
    ...criteoDays(days, place),
    ...(counts === undefined ? {} : { counts: list(count, 1)(counts, inside(place, "counts")) }),
    ...(order === undefined ? {} : { randomize: randomize(order, inside(place, "randomize")) }),
  };
};

/** Reads how samples are split, one kind of SplitSpec. */
export const readSplit: Reader<SplitSpec> = tagged<SplitSpec>({
  criteo,
  random: record({ kind: oneOf("random"), seed: count, validation: share, test: share }),
  temporal: record({ kind: oneOf("temporal"), validation: share, test: share }),
  given: record({ kind: oneOf("given"), train: count, validation: count, test: count }),
});
