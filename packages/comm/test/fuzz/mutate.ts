import { MESSAGE_HEADER_BYTES } from "@dqrm/comm";
import { crc32, createRandom, type Random } from "@dqrm/core";

/** Is a damaged message, and what was done to it. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly history: readonly string[];
}

const EXTREME_BYTES = [0, 1, 0x7f, 0x80, 0xfe, 0xff] as const;
const EXTREME_WORDS = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x7f80_0000] as const;
/** The largest number of a varint, one beyond it, and one that never ends. */
const EXTREME_VARINTS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x00],
] as const;

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "flip a bit": (bytes, random) => {
    bytes[place(bytes, random)] ^= 1 << random.integer(8);
    return bytes;
  },
  "set a byte": (bytes, random) => {
    bytes[place(bytes, random)] = random.integer(256);
    return bytes;
  },
  "set an extreme byte": (bytes, random) => {
    bytes[place(bytes, random)] = EXTREME_BYTES[random.integer(EXTREME_BYTES.length)];
    return bytes;
  },
  "set an extreme word": (bytes, random) => {
    const at = Math.min(place(bytes, random), bytes.length - 4);
    const word = EXTREME_WORDS[random.integer(EXTREME_WORDS.length)];
    if (at >= 0) new DataView(bytes.buffer, bytes.byteOffset).setUint32(at, word, true);
    return bytes;
  },
  "set an extreme varint": (bytes, random) => {
    const varint = EXTREME_VARINTS[random.integer(EXTREME_VARINTS.length)];
    const at = Math.min(place(bytes, random), bytes.length - varint.length);
    if (at >= 0) bytes.set(varint, at);
    return bytes;
  },
  cut: (bytes, random) => bytes.slice(0, place(bytes, random)),
  extend: (bytes, random) => {
    const longer = new Uint8Array(bytes.length + 1 + random.integer(8));
    longer.set(bytes);
    longer.fill(random.integer(256), bytes.length);
    return longer;
  },
  splice: (bytes, random, others) => {
    const other = others[random.integer(others.length)];
    const [head, tail] = [bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))];
    const joined = new Uint8Array(head.length + tail.length);
    joined.set(head);
    joined.set(tail, head.length);
    return joined;
  },
  "copy within": (bytes, random) => {
    const from = place(bytes, random);
    return bytes.copyWithin(place(bytes, random), from, from + 1 + random.integer(16));
  },
};

const NAMES: readonly string[] = Object.keys(MUTATIONS);

/** Chooses a place, mostly behind the header, whose checks are few. */
function place(bytes: Uint8Array, random: Random): number {
  const first = random.integer(8) === 0 || bytes.length <= MESSAGE_HEADER_BYTES ? 0 : MESSAGE_HEADER_BYTES;
  return first + random.integer(Math.max(1, bytes.length - first));
}

/** Makes the mutant with a number: the same for the same seed. One to three changes, then a length and a checksum that fit. */
export function mutantOf(messages: readonly Uint8Array[], seed: number, number: number): Mutant {
  const random = createRandom({ seed, stream: number });
  const message = random.integer(messages.length);
  let bytes: Uint8Array = messages[message].slice();
  const history = [`message ${message}`];
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const name = NAMES[random.integer(NAMES.length)];
    bytes = MUTATIONS[name](bytes, random, messages);
    history.push(name);
  }
  if (bytes.length >= MESSAGE_HEADER_BYTES) seal(bytes, random.integer(16) > 0);
  return { bytes, history };
}

/** Repairs the checksum, and the length where asked for. */
function seal(bytes: Uint8Array, length: boolean): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (length) view.setUint32(28, bytes.length, true);
  view.setUint32(36, crc32(bytes.subarray(MESSAGE_HEADER_BYTES), crc32(bytes.subarray(0, 36))), true);
}
