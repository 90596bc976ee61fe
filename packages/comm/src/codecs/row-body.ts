import { reserveRowGradient, scaleGroupsNumber, valueLayout, type RowGradient } from "@dqrm/core";
import { maxIndexStreamBytes, indicesEnd, readIndices, writeIndices } from "../indices/index-stream.ts";
import { checkWholeGradient } from "../compensation/whole-gradient.ts";
import {
  reserveRows,
  type Feedback,
  type KnowingOptions,
  type SectionCodec,
  type SectionSource,
} from "../section.ts";
import { wireError } from "../wire.ts";
import { prepareFiniteCheck } from "./check-finite.ts";
import { prepareSort } from "./sorted-rows.ts";
import { createValueBody, type ValueBody, type ValueBodyOptions } from "./value-body.ts";

/** Fixes how the rows of a gradient are sent. */
export interface RowBodyOptions extends ValueBodyOptions {
  readonly name: string;
  readonly id: number;
  /** Identifies the coding of values on the wire. */
  readonly coding: number;
}

/** The coding of values, then the grouping of scales and whether bytes are coded by frequency. */
const DESCRIPTION_BYTES = 2;

/** Marks codes that are coded by frequency. */
export const CODED = 0x80;

/**
 * Builds the body of rows: their ids, then their values.
 *
 * @shape coding of values u8; grouping of scales u8, the top bit set where codes are coded by frequency; ids; scales; codes
 * @throws VALUE when the grouping of scales is not allowed, or values that have no levels are to be rounded at random
 */
export function createRowBody(options: RowBodyOptions): SectionCodec {
  const { coding, groups, id, name, values } = options;
  const description = { values: coding, groups: scaleGroupsNumber(groups) };
  const body = createValueBody(options);
  const encode = prepareEncoding(options, body, description);
  const section: SectionCodec = {
    name,
    id,
    settings: `${values}, scales ${description.groups}`,
    rowwise: groups.kind === "row" || valueLayout({ values, scale: groups }, 1, 1).scaleBytes === 0,
    maxBodyBytes: (count, cols) =>
      DESCRIPTION_BYTES + maxIndexStreamBytes(count) + body.maxBytes(count, cols),

    encodeBody: (gradient, out, at, key) => encode(gradient, out, at, { key }),

    encodeKnowing: encode,

    encodeWithFeedback(gradient, out, at, { key, left, residual }) {
      const { cols, count } = gradient;
      checkWholeGradient(`${name}.encodeWithFeedback`, gradient, { rows: count, cols });
      return encode(gradient, out, at, { key, feedback: { residual, left } });
    },

    decodeBody(source, target) {
      const { begin, bytes, cols, count, end, rows } = source;
      checkDescription(section, source, description);
      const ids = { bytes, begin: begin + DESCRIPTION_BYTES, end, count, limit: rows };
      const valuesAt = indicesEnd(ids);
      if (valuesAt < 0) throw wireError(section, ids.begin, "cut ids");
      const coded = (bytes[begin + 1] & CODED) !== 0;
      const reason = body.decode({ bytes, begin: valuesAt, end, count, cols, coded }, () => {
        reserveRows(section, source, target);
        return target.values;
      });
      if (reason !== undefined) throw wireError(section, valuesAt, reason);
      const wrong = readIndices(ids, target.rows);
      if (wrong !== undefined) throw wireError(section, ids.begin, wrong);
    },
  };
  return section;
}

interface Description {
  readonly values: number;
  readonly groups: number;
}

/** Says how rows are encoded: a target, if any, is overwritten with what a reader will have. */
export interface RowEncoding extends Omit<KnowingOptions, "target"> {
  readonly target?: RowGradient;
  readonly feedback?: Feedback;
}

/** Encodes the rows of a gradient. */
export type EncodeRows = (gradient: RowGradient, out: Uint8Array, at: number, how: RowEncoding) => number;

function prepareEncoding(
  { kernels, name }: RowBodyOptions,
  body: ValueBody,
  description: Description,
): EncodeRows {
  const checkFinite = prepareFiniteCheck(kernels);
  const sort = prepareSort(name);
  return function encodeRows(gradient, out, at, { feedback, key, target }) {
    const { cols, count } = gradient;
    const sorted = sort(gradient);
    const valuesAt = writeIndices(sorted.rows, count, out, at + DESCRIPTION_BYTES);
    const shaped = { rows: sorted.rows, values: sorted.values, count, cols };
    const sent = target === undefined ? undefined : roomFor(sorted.rows, count, target);
    try {
      const { coded, end } = body.encode(shaped, out, valuesAt, { feedback, key, sent });
      out[at] = description.values;
      out[at + 1] = description.groups | (coded ? CODED : 0);
      return end;
    } catch (error) {
      // Whoever writes the scales has seen every value, in the order of rows: where it stands in the gradient is said here.
      checkFinite(gradient);
      throw error;
    }
  };
}

/** Gives the room for the values of ascending rows in a gradient that is overwritten. */
export function roomFor(rows: Int32Array, count: number, target: RowGradient): Float32Array {
  reserveRowGradient(target, count);
  target.count = count;
  target.rows.set(rows.subarray(0, count));
  return target.values;
}

function checkDescription(
  section: SectionCodec,
  { begin, bytes, end }: SectionSource,
  expected: Description,
): void {
  if (end - begin < DESCRIPTION_BYTES) throw wireError(section, begin, "a cut description");
  const [values, flags] = bytes.subarray(begin, begin + DESCRIPTION_BYTES);
  if (values !== expected.values) throw wireError(section, begin, `coding of values ${values}`);
  const groups = flags & ~CODED;
  if (groups !== expected.groups) throw wireError(section, begin + 1, `grouping of scales ${groups}`);
}
