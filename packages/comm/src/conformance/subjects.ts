import { createRandom, createRowGradient, type RandomKey, type RowGradient } from "@dqrm/core";
import type { GradientCodec } from "../codec.ts";
import type { RowSink } from "../row-sink.ts";
import type { CodecPromise } from "./promise.ts";
import { expectThat } from "./case.ts";

/** The key of every encoding that does not test randomness. */
export const KEY: RandomKey = { seed: 1, stream: 0 };

/** Rows that every collecting sink accepts. */
export const SINK_ROWS = 1000;

/** Describes a gradient that the kit makes. */
export interface SubjectSpec {
  readonly cols: number;
  readonly count: number;
  readonly magnitude: number;
  /** "all": rows 0, 1, …; "any": scattered and unsorted. */
  readonly rows: "any" | "all";
}

/** Makes a gradient with storage to spare, so that a codec that ignores `count` is caught. */
export function makeGradient({ cols, count, magnitude, rows }: SubjectSpec): RowGradient {
  const random = createRandom({ seed: cols, stream: count });
  const gradient = createRowGradient(cols, count + 2);
  gradient.count = count;
  for (let i = 0; i < gradient.rows.length; i++)
    gradient.rows[i] = rows === "all" ? i : (i * 397 + 5) % SINK_ROWS;
  for (let i = 0; i < gradient.values.length; i++) {
    gradient.values[i] = Math.fround((2 * random.next() - 1) * magnitude);
  }
  return gradient;
}

/** Collects decoded rows as sums in double precision. */
export interface Collected extends RowSink {
  readonly sums: ReadonlyMap<number, Float64Array>;
}

/** Makes a sink that collects. */
export function collect(cols: number, rows: number = SINK_ROWS): Collected {
  const sums = new Map<number, Float64Array>();
  return {
    rows,
    cols,
    sums,
    add(row, values, offset) {
      const sum = sums.get(row) ?? new Float64Array(cols);
      for (let c = 0; c < cols; c++) sum[c] += values[offset + c];
      sums.set(row, sum);
    },
  };
}

/** Reads one collected number; a row that never arrived counts as zero. */
export function collectedAt(sink: Collected, row: number, col: number): number {
  return sink.sums.get(row)?.[col] ?? 0;
}

const CANARY = 0xaa;
const CANARY_BYTES = 8;

/** Encodes into a buffer of exactly the promised size, between canaries, and returns the payload's own copy. */
export function encoded(codec: GradientCodec, gradient: RowGradient, key: RandomKey = KEY): Uint8Array {
  const bound = codec.maxBytes(gradient.count, gradient.cols);
  const whole = new Uint8Array(bound + 2 * CANARY_BYTES).fill(CANARY);
  const length = codec.encode(gradient, whole.subarray(CANARY_BYTES, CANARY_BYTES + bound), key);
  expectThat(length <= bound, `encode returned ${length} bytes, maxBytes promised ${bound}`);
  const outside = [...whole.subarray(0, CANARY_BYTES), ...whole.subarray(CANARY_BYTES + bound)];
  expectThat(
    outside.every((byte) => byte === CANARY),
    "encode wrote outside the buffer",
  );
  return whole.slice(CANARY_BYTES, CANARY_BYTES + length);
}

/** Gives the largest magnitude of one row. */
export function rowPeak({ cols, values }: RowGradient, index: number): number {
  let peak = 0;
  for (let c = 0; c < cols; c++) peak = Math.max(peak, Math.abs(values[index * cols + c]));
  return peak;
}

/** Gives the largest error that a promise allows for a value of one row. */
export function allowedError(promise: CodecPromise, gradient: RowGradient, index: number): number {
  const { absoluteError = 2 ** -149, errorRelativeTo = "row", relativeError } = promise;
  if (relativeError === 0) return 0;
  const rows = Array.from({ length: gradient.count }, (_, i) => rowPeak(gradient, i));
  const peak = errorRelativeTo === "row" ? rows[index] : Math.max(...rows);
  return peak * relativeError + absoluteError;
}
