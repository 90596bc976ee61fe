import { createRowGradient, reserveRowGradient, type RandomKey, type RowGradient } from "@dqrm/core";
import type { GradientCodec } from "./codec.ts";
import { checkSinkCols } from "./codecs/values.ts";
import { addRows } from "./row-sink.ts";
import { checkOut, HEADER_BYTES, readHeader, wireError, writeHeader, type WireCodec } from "./wire.ts";

/**
 * Turns the rows of a gradient into the bytes between two headers, so that the same codec serves a payload of its own and a
 * section of a message.
 */
export interface SectionCodec {
  readonly name: string;
  /** As {@link GradientCodec.id}. */
  readonly id: number;
  /** What reader and writer must agree on besides the id; part of the hash of a schema. */
  readonly settings: string;
  /** Whether rows that are sent apart decode to the numbers that they have together. */
  readonly rowwise?: boolean;
  /** Bounds the bytes of any gradient of `count` rows. */
  maxBodyBytes(count: number, cols: number): number;
  /**
   * Writes a body to `out` from `at` on and returns the position after it.
   *
   * @throws NON_FINITE; VALUE when a row comes twice or is no row
   */
  encodeBody(gradient: RowGradient, out: Uint8Array, at: number, key: RandomKey): number;
  /**
   * Does as `encodeBody`, and overwrites `target` with what `decodeBody` will give, where that is found without reading the bytes again.
   */
  encodeKnowing?(gradient: RowGradient, out: Uint8Array, at: number, how: KnowingOptions): number;
  /**
   * Does as `encodeBody` for the sum of a whole gradient, rows 0, 1, … in order, and what was lost of earlier ones, and keeps what is
   * lost now: where that takes one look at the values.
   */
  readonly encodeWithFeedback?: (
    gradient: RowGradient,
    out: Uint8Array,
    at: number,
    how: FeedbackOptions,
  ) => number;
  /**
   * Overwrites `target` with the rows of a body, ascending.
   *
   * @throws WIRE when the bytes are not exactly one body, or name a row that is not below source.rows
   */
  decodeBody(source: SectionSource, target: RowGradient): void;
}

/** Says how a body is encoded whose sender wants to know what arrives. */
export interface KnowingOptions {
  readonly key: RandomKey;
  readonly target: RowGradient;
}

/** Holds what was lost before a body is encoded, and room for what is lost with it, by rows. */
export interface Feedback {
  /** @shape f32[>= count × cols] */
  readonly residual: Float32Array;
  /** Overwritten, and of no use where the encoding fails. @shape f32[>= count × cols] */
  readonly left: Float32Array;
}

/** Says how a body is encoded whose sender makes up for what was lost before. */
export interface FeedbackOptions extends Feedback {
  readonly key: RandomKey;
}

/** Says what a body is read from, and what the reader knows: its rows, its columns, and the rows of the parameter. */
export interface SectionSource {
  readonly bytes: Uint8Array;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  readonly cols: number;
  readonly rows: number;
}

/** Is a codec whose bodies can also be sections of a message. */
export interface SectionedCodec extends GradientCodec {
  readonly combine: "gather";
  readonly section: SectionCodec;
}

/** Puts a header with a checksum before the bodies of a section codec. */
export function withHeader(section: SectionCodec): SectionedCodec {
  const decoded = new Map<number, RowGradient>();
  const codec: SectionedCodec = {
    name: section.name,
    id: section.id,
    combine: "gather",
    section,

    maxBytes: (count, cols) => HEADER_BYTES + section.maxBodyBytes(count, cols),

    encode(gradient, out, key) {
      checkOut(codec, gradient, out);
      const end = section.encodeBody(gradient, out, HEADER_BYTES, key);
      writeHeader(out, codec, { cols: gradient.cols, count: gradient.count, bodyBytes: end - HEADER_BYTES });
      return end;
    },

    decode(bytes, sink) {
      const { cols, count } = readHeader(bytes, codec);
      checkSinkCols(codec, cols, sink);
      const target = decoded.get(cols) ?? createRowGradient(cols, 0);
      decoded.set(cols, target);
      const { rows } = sink;
      section.decodeBody({ bytes, begin: HEADER_BYTES, end: bytes.length, count, cols, rows }, target);
      addRows(sink, target);
    },
  };
  return codec;
}

/** Makes room for the rows that a body claims, once they are known to be rows of the parameter. @throws WIRE */
export function reserveRows(
  codec: WireCodec,
  { begin, count, rows }: SectionSource,
  target: RowGradient,
): void {
  if (count > rows) throw wireError(codec, begin, `${count} rows of ${rows}`);
  reserveRowGradient(target, count);
  target.count = count;
}
