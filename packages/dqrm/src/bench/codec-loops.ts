import {
  createRandom,
  createRowGradient,
  DqrmError,
  maxEncodedBytes,
  valueLayout,
  type Kernels,
  type Random,
  type RowGradient,
} from "@dqrm/core";
import type { Meters } from "./meters.ts";

/** Holds the best rates of the loops of codecs, whatever stands around them. */
export interface CodecLoops {
  /**
   * Microseconds in which the rows of a batch are summed by row and written in INT8: of all tables in one array, one after the other, as
   * table-batched embeddings have them; the same rows each time.
   */
  readonly coalesceAndEncodeUs: number;
  /** The same with other rows each time: no processor can foretell which of them repeat. */
  readonly coalesceAndEncodeNewUs: number;
  /** The same with calls for each table. */
  readonly coalesceAndEncodeByTableUs: number;
  /** 10⁹ bytes of floats a second: INT8 in blocks of 4,096. */
  readonly encodeGigabytes: number;
  readonly decodeGigabytes: number;
  /** The same with what was lost before, and what is lost now. */
  readonly feedbackGigabytes: number;
  /** INT4 rounded at random, in rows of 16 values. */
  readonly drawnGigabytes: number;
  /** 10⁶ bytes a second of these codes. */
  readonly encodeEntropyMegabytes: number;
  readonly decodeEntropyMegabytes: number;
  /** 10⁹ bytes a second. */
  readonly checksumGigabytes: number;
}

/** Values of the layers of the Kaggle model, rounded up to whole blocks. */
const VALUES = 475_136;
const TABLES = 26;
const COLS = 16;
const ROWS = 16_384;
const KEY = { seed: 1, stream: 1 };
const REPEATS = 15;
/** Batches of rows that are taken in turns: more than a processor remembers the branches of. */
const BATCHES = 64;
/** The rows of a step take little: the compiler of JavaScript sees them often enough to be done with them. */
const STEPS = 300;

/**
 * Measures the loops of codecs on values drawn from a normal distribution.
 *
 * @throws STATE when bytes that were coded do not come back
 */
export function measureCodecLoops(kernels: Kernels, batch: number, { now }: Meters): CodecLoops {
  const best = (run: () => void, repeats = REPEATS): number => {
    let least = Infinity;
    for (let i = 0; i < repeats; i++) {
      const begin = now();
      run();
      least = Math.min(least, now() - begin);
    }
    return least;
  };
  const random = createRandom({ seed: 9, stream: 0 });
  const values = Float32Array.from({ length: VALUES }, () => 0.01 * random.normal());
  const format = { values: "int8", scale: { kind: "block", values: 4096 } } as const;
  const encodeValues = kernels.prepare("encodeValues", { ...format, rounding: "nearest" });
  const decodeValues = kernels.prepare("decodeValues", format);
  const encodeBytes = kernels.prepare("encodeBytes", {});
  const decodeBytes = kernels.prepare("decodeBytes", {});
  const checksum = kernels.prepare("checksum", {});
  const { codeBytes, scaleBytes } = valueLayout(format, VALUES, 1);
  const plain = new Uint8Array(scaleBytes + codeBytes);
  const coded = new Uint8Array(maxEncodedBytes(codeBytes));
  const back = new Uint8Array(codeBytes);
  const rows = new Int32Array(0);
  let written = 0;
  const { drawnMs, feedbackMs } = timeSums(kernels, values, best);
  const encodeMs = best(() => encodeValues(rows, values, VALUES, 1, KEY, plain, 0));
  const decodeMs = best(() => decodeValues(plain, 0, plain, scaleBytes, VALUES, 1, values));
  const entropyMs = best(() => {
    written = encodeBytes(plain, scaleBytes, plain.length, coded, 0);
  });
  const bytesMs = best(() => decodeBytes(coded, 0, written, back, codeBytes));
  requireSame(back, plain.subarray(scaleBytes));
  const raw = new Uint8Array(values.buffer);
  return {
    coalesceAndEncodeUs: 1000 * best(prepareTables(kernels, { batch, calls: 1, batches: 1 }), STEPS),
    coalesceAndEncodeNewUs: 1000 * best(prepareTables(kernels, { batch, calls: 1, batches: BATCHES }), STEPS),
    coalesceAndEncodeByTableUs:
      1000 * best(prepareTables(kernels, { batch, calls: TABLES, batches: 1 }), STEPS),
    encodeGigabytes: (4 * VALUES) / encodeMs / 1e6,
    decodeGigabytes: (4 * VALUES) / decodeMs / 1e6,
    feedbackGigabytes: (4 * VALUES) / feedbackMs / 1e6,
    drawnGigabytes: (4 * VALUES) / drawnMs / 1e6,
    encodeEntropyMegabytes: codeBytes / entropyMs / 1e3,
    decodeEntropyMegabytes: codeBytes / bytesMs / 1e3,
    checksumGigabytes: raw.length / best(() => checksum(raw, 0, raw.length, 0)) / 1e6,
  };
}

/** Times the coding of values with feedback, and at random. */
function timeSums(
  kernels: Kernels,
  values: Float32Array,
  best: (run: () => void) => number,
): { readonly feedbackMs: number; readonly drawnMs: number } {
  const blocks = { values: "int8", scale: { kind: "block", values: 4096 }, rounding: "nearest" } as const;
  const one = { values: "int4", scale: { kind: "tensor" }, rounding: "stochastic" } as const;
  const encodeWithFeedback = kernels.prepare("encodeWithFeedback", blocks);
  const encodeValues = kernels.prepare("encodeValues", one);
  const rows = Int32Array.from({ length: VALUES / COLS }, (_, i) => 3 * i);
  const residual = values.map((value) => value / 100);
  const left = new Float32Array(VALUES);
  const out = new Uint8Array(2 * VALUES);
  return {
    feedbackMs: best(() => encodeWithFeedback(rows, values, residual, VALUES, 1, KEY, out, 0, left)),
    drawnMs: best(() => encodeValues(rows, values, VALUES / COLS, COLS, KEY, out, 0)),
  };
}

interface TableRows {
  /** Of each batch. */
  readonly rows: readonly Int32Array[];
  readonly values: Float32Array;
  readonly sum: RowGradient;
  readonly out: Uint8Array;
}

interface Sums {
  readonly batch: number;
  /** Calls that share the tables. */
  readonly calls: number;
  /** Batches that are taken in turns. */
  readonly batches: number;
}

/** Prepares the sum and the coding of the rows of all tables, of which some repeat. */
function prepareTables(kernels: Kernels, { batch, calls, batches }: Sums): () => void {
  const random = createRandom({ seed: 10, stream: 0 });
  const format = { values: "int8", scale: { kind: "tensor" } } as const;
  const coalesceRows = kernels.prepare("coalesceRows", { cols: COLS });
  const encodeValues = kernels.prepare("encodeValues", { ...format, rounding: "nearest" });
  const count = (TABLES / calls) * batch;
  const drawRows = (): Int32Array =>
    Int32Array.from({ length: count }, (_, i) => rowOf(Math.floor(i / batch), random));
  const tables = Array.from({ length: calls }, (): TableRows => ({
    rows: Array.from({ length: batches }, drawRows),
    values: Float32Array.from({ length: count * COLS }, () => random.normal()),
    sum: createRowGradient(COLS, count),
    out: new Uint8Array(4 + count * COLS),
  }));
  let turn = 0;
  return () => {
    for (const { out, rows, sum, values } of tables) {
      coalesceRows(rows[turn], values, count, sum);
      encodeValues(sum.rows, sum.values, sum.count, COLS, KEY, out, 0);
    }
    turn = (turn + 1) % batches;
  };
}

/** The rows of a table have the numbers after those of the tables before it; the first are drawn more often. */
function rowOf(table: number, random: Random): number {
  return ROWS * table + Math.floor(ROWS ** random.next());
}

function requireSame(actual: Uint8Array, expected: Uint8Array): void {
  if (actual.every((byte, i) => byte === expected[i])) return;
  const facts = { op: "bench codec", expected: "the bytes that were coded", actual: "others" };
  throw new DqrmError("STATE", facts);
}
