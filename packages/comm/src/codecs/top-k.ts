import { DqrmError, VALUE_CODING_NUMBERS, type Kernels, type RowGradient } from "@dqrm/core";
import { createVarintReader, MAX_VARINT_BYTES, writeVarint } from "../bits/varint.ts";
import {
  indicesEnd,
  maxIndexStreamBytes,
  readIndices,
  writeIndices,
  type IndexStreamSource,
} from "../indices/index-stream.ts";
import {
  reserveRows,
  withHeader,
  type SectionCodec,
  type SectionedCodec,
  type SectionSource,
} from "../section.ts";
import { wireError } from "../wire.ts";
import { prepareFiniteCheck } from "./check-finite.ts";
import { largestValues } from "./largest-values.ts";
import type { RowCodecOptions } from "./row-codec.ts";
import { CODED, roomFor, type EncodeRows } from "./row-body.ts";
import { prepareSort } from "./sorted-rows.ts";
import { createValueBody, kernelsOr, type ValueBody } from "./value-body.ts";

/** Fixes a codec of the largest values. */
export interface TopKOptions extends Pick<RowCodecOptions, "values" | "rounding" | "entropy" | "kernels"> {
  /** Share of the values that are sent, above 0; at least one of 65536 is. */
  readonly share: number;
}

const TOP_K_ID = 32;

/** A body of fewer values than one in so many is refused: its rows would take far more memory than its bytes. */
const MAX_SPREAD: number = 2 ** 16;

const DESCRIPTION_BYTES = 1;

/**
 * Creates a codec that sends the largest values of a gradient and drops the others: biased, it wants error feedback.
 *
 * All values share one scale. Of equal magnitudes the first in order of rows is sent.
 *
 * @shape coding of values u8, the top bit set where codes are coded by frequency; ids of rows; varint number of values kept;
 *        their places within these rows; scale and codes
 * @throws VALUE when the share is not in (0, 1], or values that have no levels are to be rounded at random
 * @source Aji and Heafield 2017; Lin et al. 2018, Deep Gradient Compression
 *
 * ```ts doctest
 * import { createDenseSink, topK } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = topK({ share: 0.25, values: "float32", rounding: "nearest", entropy: false });
 * const gradient = createRowGradient(4, 1);
 * gradient.values.set([0.1, -3, 0.2, 1]);
 * gradient.count = 1;
 * const out = new Uint8Array(codec.maxBytes(1, 4));
 * const bytes = codec.encode(gradient, out, { seed: 1, stream: 0 });
 * const sum = new Float32Array(4);
 * codec.decode(out.subarray(0, bytes), createDenseSink(sum, 1, 4));
 * [...sum]; // => [0, -3, 0, 0]
 * ```
 */
export function topK(options: TopKOptions): SectionedCodec {
  checkShare("topK", options.share);
  const kernels = kernelsOr(options.kernels);
  const coding = VALUE_CODING_NUMBERS[options.values];
  const body = createValueBody({ ...options, groups: { kind: "tensor" }, kernels });
  const encode = prepareEncoder(kernels, { share: options.share, coding, body });
  const section: SectionCodec = {
    name: "topK",
    id: TOP_K_ID,
    settings: options.values,
    maxBodyBytes(count, cols) {
      const kept = keptOf(options.share, count * cols);
      const ids = maxIndexStreamBytes(count) + maxIndexStreamBytes(kept);
      return DESCRIPTION_BYTES + MAX_VARINT_BYTES + ids + body.maxBytes(1, kept);
    },
    encodeBody: (gradient, out, at, key) => encode(gradient, out, at, { key }),
    encodeKnowing: encode,
    decodeBody: (source, target) => {
      decode(section, source, target);
    },
  };
  const decode = prepareDecoder(coding, body);
  return withHeader(section);
}

interface KeptValues {
  readonly share: number;
  readonly coding: number;
  readonly body: ValueBody;
}

function prepareEncoder(kernels: Kernels, { body, coding, share }: KeptValues): EncodeRows {
  const checkFinite = prepareFiniteCheck(kernels);
  const sort = prepareSort("topK");
  const room = createRoom();
  return function encodeLargest(gradient, out, at, { key, target }) {
    const { cols, count } = gradient;
    checkFinite(gradient);
    const sorted = sort(gradient);
    const kept = keptOf(share, count * cols);
    const { places, values } = room.reserve(kept);
    largestValues(sorted.values, count * cols, kept, places);
    for (let i = 0; i < kept; i++) values[i] = sorted.values[places[i]];
    const rowsEnd = writeIndices(sorted.rows, count, out, at + DESCRIPTION_BYTES);
    const valuesAt = writeIndices(places, kept, out, writeVarint(out, rowsEnd, kept));
    const row = { rows: FIRST_ROW, values, count: Math.min(1, kept), cols: Math.max(1, kept) };
    const sent = target === undefined ? undefined : room.sent(kept);
    const { coded, end } = body.encode(row, out, valuesAt, { key, sent });
    out[at] = coding | (coded ? CODED : 0);
    if (target !== undefined && sent !== undefined) {
      roomFor(sorted.rows, count, target);
      scatter(places, sent, kept, target);
    }
    return end;
  };
}

function prepareDecoder(
  codingId: number,
  body: ValueBody,
): (section: SectionCodec, source: SectionSource, target: RowGradient) => void {
  const room = createRoom();
  return function decodeLargest(section, source, target) {
    const { bytes, end } = source;
    const { coded, ids, kept, places: where, valuesAt } = readLayout(section, source, codingId);
    const shape = { count: kept === 0 ? 0 : 1, cols: Math.max(1, kept) };
    const from = { bytes, begin: valuesAt, end, coded, ...shape };
    const reason = body.decode(from, () => room.reserve(kept).values);
    if (reason !== undefined) throw wireError(section, valuesAt, reason);
    const { places, values } = room.reserve(kept);
    reserveRows(section, source, target);
    const wrong = readIndices(ids, target.rows) ?? readIndices(where, places);
    if (wrong !== undefined) throw wireError(section, ids.begin, wrong);
    scatter(places, values, kept, target);
  };
}

/** Fills the values of a gradient with those that were kept, and with zeros. */
function scatter(places: Int32Array, values: Float32Array, kept: number, target: RowGradient): void {
  target.values.fill(0, 0, target.count * target.cols);
  for (let i = 0; i < kept; i++) target.values[places[i]] = values[i];
}

interface Layout {
  readonly coded: boolean;
  readonly ids: IndexStreamSource;
  readonly kept: number;
  readonly places: IndexStreamSource;
  readonly valuesAt: number;
}

function readLayout(section: SectionCodec, source: SectionSource, codingId: number): Layout {
  const { begin, bytes, cols, count, end, rows } = source;
  if (begin === end) throw wireError(section, begin, "a cut description");
  if ((bytes[begin] & ~CODED) !== codingId) throw wireError(section, begin, "another coding of values");
  const ids = { bytes, begin: begin + DESCRIPTION_BYTES, end, count, limit: rows };
  const rowsEnd = indicesEnd(ids);
  if (rowsEnd < 0) throw wireError(section, ids.begin, "cut ids");
  const reader = createVarintReader(bytes, rowsEnd, end);
  const kept = reader.read();
  const total = count * cols;
  if (kept < 0 || kept > total || kept * MAX_SPREAD < total) {
    throw wireError(section, rowsEnd, `${kept} of ${total} values`);
  }
  const places = { bytes, begin: reader.position, end, count: kept, limit: total };
  const valuesAt = indicesEnd(places);
  if (valuesAt < 0) throw wireError(section, places.begin, "cut places");
  return { coded: (bytes[begin] & CODED) !== 0, ids, kept, places, valuesAt };
}

/** The values kept count as one row, so that random bits are drawn by their order. */
const FIRST_ROW = Int32Array.of(0);

/** Counts the values that a share keeps of some. */
function keptOf(share: number, total: number): number {
  return Math.min(total, Math.max(1, Math.ceil(share * total), Math.ceil(total / MAX_SPREAD)));
}

/** Checks a share of values. @throws VALUE */
export function checkShare(op: string, share: number): void {
  if (share > 0 && share <= 1) return;
  throw new DqrmError("VALUE", { op, what: "share", expected: "a number in (0, 1]", actual: String(share) });
}

interface Room {
  reserve(kept: number): { readonly places: Int32Array; readonly values: Float32Array };
  /** Gives room for the values that a reader will have. */
  sent(kept: number): Float32Array;
}

function createRoom(): Room {
  let places = new Int32Array(0);
  let values = new Float32Array(0);
  let sent = new Float32Array(0);
  return {
    sent(kept) {
      if (sent.length < kept) sent = new Float32Array(Math.max(kept, 2 * sent.length));
      return sent;
    },
    reserve(kept) {
      if (places.length < kept) {
        places = new Int32Array(Math.max(kept, 2 * places.length));
        values = new Float32Array(places.length);
      }
      return { places, values };
    },
  };
}
