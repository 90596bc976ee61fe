/** Holds numbers in ascending order, and where each of them stood; valid until the next call. */
export interface Order {
  /** @shape i32[>= count] */
  readonly keys: Int32Array;
  /** @shape i32[>= count] */
  readonly places: Int32Array;
}

/** Bits of a digit: counters of all its values fit the first-level cache beside what is counted. */
const DIGIT_BITS = 8;
const DIGITS: number = 2 ** DIGIT_BITS;

/** Fewer numbers are sorted by insertion, which needs no counters. */
const FEW = 24;

/**
 * Prepares the order of whole numbers that are not negative: digit by digit, equal ones as they stood.
 *
 * @cost O(count) for each digit of the largest; its room grows with the longest array so far
 */
export function prepareOrder(): (numbers: Int32Array, count: number) => Order {
  const counters = new Int32Array(DIGITS);
  let from = createRoom(0);
  let to = createRoom(0);

  return (numbers, count) => {
    if (from.keys.length < count) {
      const room = Math.max(count, 2 * from.keys.length);
      from = createRoom(room);
      to = createRoom(room);
    }
    let all = 0;
    for (let i = 0; i < count; i++) {
      from.keys[i] = numbers[i];
      from.places[i] = i;
      all |= numbers[i];
    }
    if (count < FEW) {
      insert(from, count);
      return from;
    }
    for (let shift = 0; shift < 31 && all >>> shift !== 0; shift += DIGIT_BITS) {
      distribute(from, to, { count, shift, counters });
      [from, to] = [to, from];
    }
    return from;
  };
}

function createRoom(count: number): Order {
  return { keys: new Int32Array(count), places: new Int32Array(count) };
}

function insert({ keys, places }: Order, count: number): void {
  for (let i = 1; i < count; i++) {
    const key = keys[i];
    let at = i;
    for (; at > 0 && keys[at - 1] > key; at--) {
      keys[at] = keys[at - 1];
      places[at] = places[at - 1];
    }
    keys[at] = key;
    places[at] = i;
  }
}

interface Digit {
  readonly count: number;
  readonly shift: number;
  readonly counters: Int32Array;
}

/** Orders by one digit. */
function distribute(from: Order, to: Order, { count, counters, shift }: Digit): void {
  const { keys, places } = from;
  const { keys: toKeys, places: toPlaces } = to;
  counters.fill(0);
  for (let i = 0; i < count; i++) counters[(keys[i] >>> shift) & (DIGITS - 1)]++;
  let next = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const own = counters[digit];
    counters[digit] = next;
    next += own;
  }
  for (let i = 0; i < count; i++) {
    const at = counters[(keys[i] >>> shift) & (DIGITS - 1)]++;
    toKeys[at] = keys[i];
    toPlaces[at] = places[i];
  }
}
