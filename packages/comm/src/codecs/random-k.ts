import { createRandom, type Kernels, type RandomKey, type RowGradient } from "@dqrm/core";
import { indicesEnd, maxIndexStreamBytes, readIndices, writeIndices } from "../indices/index-stream.ts";
import { reserveRows, withHeader, type SectionCodec, type SectionedCodec } from "../section.ts";
import { viewOf, wireError } from "../wire.ts";
import { prepareFiniteCheck } from "./check-finite.ts";
import { kernelsOr } from "./value-body.ts";
import { prepareSort } from "./sorted-rows.ts";
import { checkShare } from "./top-k.ts";

/** Fixes a codec of values chosen at random. */
export interface RandomKOptions {
  /** Share of the values that are sent, in (0, 1]; one of every ⌊1/share⌋ neighbours is. */
  readonly share: number;
  /** Whose loops to use; without, the plain ones of @dqrm/core. */
  readonly kernels?: Kernels;
}

const RANDOM_K_ID = 33;

/** The stratum u32 and the key, from which the reader draws the same places. */
const DESCRIPTION_BYTES = 12;

/** A body of fewer values than one in so many is refused: its rows would take far more memory than its bytes. */
const MAX_STRATUM: number = 2 ** 16;

/**
 * Creates a codec that sends one value of every few neighbours, chosen at random and multiplied by their number, so that the
 * mean over keys is the gradient. The reader draws the places from the key; no place is sent.
 *
 * @shape stratum u32, seed u32, stream u32, ids of rows, values f32[⌈count × cols / stratum⌉]
 * @throws VALUE when the share is not in (0, 1] or below 1/65536
 * @source Stich et al. 2018, sparsified SGD; strata instead of independent draws, so that no part of a layer is missed
 *
 * ```ts doctest
 * import { createDenseSink, randomK } from "@dqrm/comm";
 * import { createRowGradient } from "@dqrm/core";
 * const codec = randomK({ share: 0.5 });
 * const gradient = createRowGradient(4, 1);
 * gradient.values.set([1, 1, 1, 1]);
 * gradient.count = 1;
 * const out = new Uint8Array(codec.maxBytes(1, 4));
 * const bytes = codec.encode(gradient, out, { seed: 1, stream: 0 });
 * const sum = new Float32Array(4);
 * codec.decode(out.subarray(0, bytes), createDenseSink(sum, 1, 4));
 * // One of the first two and one of the last two, each twice as large.
 * [sum[0] + sum[1], sum[2] + sum[3]]; // => [2, 2]
 * ```
 */
export function randomK({ kernels, share }: RandomKOptions): SectionedCodec {
  checkShare("randomK", share);
  const stratum = Math.min(MAX_STRATUM, Math.floor(1 / share));
  const sort = prepareSort("randomK");
  const checkFinite = prepareFiniteCheck(kernelsOr(kernels));

  const section: SectionCodec = {
    name: "randomK",
    id: RANDOM_K_ID,
    settings: "",
    maxBodyBytes: (count, cols) =>
      DESCRIPTION_BYTES + maxIndexStreamBytes(count) + 4 * Math.ceil((count * cols) / stratum),

    encodeBody(gradient, out, at, key) {
      const { cols, count } = gradient;
      checkFinite(gradient);
      const { rows, values } = sort(gradient);
      const view = viewOf(out);
      view.setUint32(at, stratum, true);
      view.setUint32(at + 4, key.seed, true);
      view.setUint32(at + 8, key.stream, true);
      let position = writeIndices(rows, count, out, at + DESCRIPTION_BYTES);
      forEachPlace(key, { total: count * cols, stratum }, (place, size) => {
        view.setFloat32(position, finite(values[place] * size), true);
        position += 4;
      });
      return position;
    },

    decodeBody(source, target) {
      const { begin, bytes, cols, count, end, rows } = source;
      if (end - begin < DESCRIPTION_BYTES) throw wireError(section, begin, "a cut description");
      const view = viewOf(bytes);
      const declared = view.getUint32(begin, true);
      if (declared < 1 || declared > MAX_STRATUM) throw wireError(section, begin, `strata of ${declared}`);
      const key = { seed: view.getUint32(begin + 4, true), stream: view.getUint32(begin + 8, true) };
      const ids = { bytes, begin: begin + DESCRIPTION_BYTES, end, count, limit: rows };
      const valuesAt = indicesEnd(ids);
      if (valuesAt < 0) throw wireError(section, ids.begin, "cut ids");
      const sent = Math.ceil((count * cols) / declared);
      if (valuesAt + 4 * sent !== end)
        throw wireError(section, valuesAt, `${end - valuesAt} bytes for ${sent} values`);
      reserveRows(section, source, target);
      const wrong = readIndices(ids, target.rows);
      if (wrong !== undefined) throw wireError(section, ids.begin, wrong);
      readPlaces(section, { view, valuesAt, key, stratum: declared }, target);
    },
  };
  return withHeader(section);
}

interface SentPlaces {
  readonly view: DataView;
  readonly valuesAt: number;
  readonly key: RandomKey;
  readonly stratum: number;
}

function readPlaces(
  section: SectionCodec,
  { key, stratum, valuesAt, view }: SentPlaces,
  target: RowGradient,
): void {
  const total = target.count * target.cols;
  target.values.fill(0, 0, total);
  let position = valuesAt;
  forEachPlace(key, { total, stratum }, (place) => {
    const value = view.getFloat32(position, true);
    if (!Number.isFinite(value)) throw wireError(section, position, `value ${value}`);
    target.values[place] = value;
    position += 4;
  });
}

/** Draws one place of every stratum; the last may be smaller. */
function forEachPlace(
  key: RandomKey,
  { stratum, total }: { readonly total: number; readonly stratum: number },
  visit: (place: number, size: number) => void,
): void {
  const random = createRandom(key);
  for (let first = 0; first < total; first += stratum) {
    const size = Math.min(stratum, total - first);
    visit(first + random.integer(size), size);
  }
}

/** A value near the largest float stays finite when it is multiplied. */
function finite(value: number): number {
  return Math.max(-MAX_FLOAT, Math.min(MAX_FLOAT, value));
}

const MAX_FLOAT: number = (2 - 2 ** -23) * 2 ** 127;
