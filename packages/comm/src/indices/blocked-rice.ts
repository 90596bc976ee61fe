import { createBitReader, type BitReader } from "../bits/bit-reader.ts";
import { createBitWriter, type BitWriter } from "../bits/bit-writer.ts";
import { gapBefore, type IndexCoding } from "./index-coding.ts";

/** So many gaps share a parameter: popular rows have small ids and gaps, rare ones large. */
const BLOCK_GAPS = 32;

/** Gaps are below 2^31. */
const MAX_PARAMETER = 30;

const PARAMETER_BITS = 5;

/** A BitWriter takes no more bits at once. */
const MAX_WRITE_BITS = 25;

/**
 * Sends the gap before each row as a Rice code: the upper bits in unary, the lower k as they are, with a k of its own for
 * each block of 32 gaps.
 *
 * @shape for each block: k in 5 bits, then its codes; low bits first, the last byte filled with zeros
 * @source Rice 1979
 */
export const blockedRice: IndexCoding = {
  name: "blocked Rice",
  id: 2,
  bytes(rows, count) {
    let bits = 0;
    for (let first = 0; first < count; first += BLOCK_GAPS) {
      const last = Math.min(count, first + BLOCK_GAPS);
      bits += PARAMETER_BITS + blockBits(rows, first, last, chooseParameter(rows, first, last));
    }
    return Math.ceil(bits / 8);
  },
  encode(rows, count, out, at) {
    const writer = createBitWriter(out, at);
    for (let first = 0; first < count; first += BLOCK_GAPS) {
      const last = Math.min(count, first + BLOCK_GAPS);
      const k = chooseParameter(rows, first, last);
      writer.write(k, PARAMETER_BITS);
      for (let i = first; i < last; i++) {
        writeGap(writer, gapBefore(rows, i), k);
      }
    }
    return writer.end();
  },
  decode({ begin, bytes, count, end, limit }, rows) {
    const reader = createBitReader(bytes, begin, end);
    let next = 0;
    let k = 0;
    for (let i = 0; i < count; i++) {
      if (i % BLOCK_GAPS === 0) k = reader.read(PARAMETER_BITS);
      if (k < 0 || k > MAX_PARAMETER) return `id ${i}: no Rice parameter`;
      const gap = readGap(reader, k);
      if (gap < 0) return `id ${i} is cut`;
      const row = next + gap;
      if (row >= limit) return `row ${row} outside [0, ${limit})`;
      rows[i] = row;
      next = row + 1;
    }
    return reader.atEnd() ? undefined : "bytes behind the last id";
  },
};

function writeGap(writer: BitWriter, gap: number, k: number): void {
  const upper = upperPart(gap, k);
  if (upper + 1 + k <= MAX_WRITE_BITS) {
    // Most codes are short: the zeros, the one and the lower bits in one go.
    writer.write((((gap & ((1 << k) - 1)) << 1) | 1) << upper, upper + 1 + k);
    return;
  }
  const low = Math.min(k, MAX_WRITE_BITS);
  writer.writeUnary(upper);
  writer.write(gap & ((1 << low) - 1), low);
  if (k > low) writer.write((gap >>> low) & ((1 << (k - low)) - 1), k - low);
}

function readGap(reader: BitReader, k: number): number {
  const upper = reader.readUnary();
  const lowBits = Math.min(k, MAX_WRITE_BITS);
  const low = reader.read(lowBits);
  const high = reader.read(k - lowBits);
  return upper < 0 || low < 0 || high < 0 ? -1 : (upper * 2 ** (k - lowBits) + high) * (1 << lowBits) + low;
}

function upperPart(gap: number, k: number): number {
  return gap >>> k;
}

function blockBits(rows: Int32Array, first: number, last: number, k: number): number {
  let bits = (last - first) * (k + 1);
  for (let i = first; i < last; i++) bits += upperPart(gapBefore(rows, i), k);
  return bits;
}

/** The cost falls and then rises with k, so the search ends at the first k that is no better. */
function chooseParameter(rows: Int32Array, first: number, last: number): number {
  let sum = 0;
  for (let i = first; i < last; i++) sum += gapBefore(rows, i);
  const mean = sum / (last - first);
  let best = Math.max(0, Math.min(MAX_PARAMETER, Math.floor(Math.log2(mean + 1)) - 2));
  let bits = blockBits(rows, first, last, best);
  for (let k = best + 1; k <= MAX_PARAMETER; k++) {
    const other = blockBits(rows, first, last, k);
    if (other >= bits) break;
    bits = other;
    best = k;
  }
  return best;
}
