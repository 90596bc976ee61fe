import { createRowGradient, type RandomKey, type RowGradient } from "@dqrm/core";
import { withHeader, type SectionCodec, type SectionedCodec } from "../section.ts";
import type { Compensation, ParameterShape } from "./compensation.ts";
import { checkWholeGradient } from "./whole-gradient.ts";

/** Says what a compensation sends, and what it does with what a reader will have got. */
export interface Correction {
  readonly name: string;
  readonly state: readonly Float32Array[];
  /** Fills `corrected` with what is to be sent instead of a gradient; changes no state. */
  correct(gradient: Float32Array, corrected: Float32Array): void;
  /** Takes note of what was sent of the corrected values. */
  settle(corrected: Float32Array, sent: Float32Array): void;
}

/** Builds a compensation around a codec: correct, encode, decode again, settle. */
export function compensate(
  codec: SectionedCodec,
  shape: ParameterShape,
  correction: Correction,
): Compensation {
  const { cols, rows } = shape;
  const { section } = codec;
  const corrected = wholeGradient(shape);
  const decoded = createRowGradient(cols, 0);
  const encodeBody = (gradient: RowGradient, out: Uint8Array, at: number, key: RandomKey): number => {
    checkWholeGradient(correction.name, gradient, shape);
    correction.correct(gradient.values, corrected.values);
    if (section.encodeKnowing !== undefined) {
      return section.encodeKnowing(corrected, out, at, { key, target: decoded });
    }
    const end = section.encodeBody(corrected, out, at, key);
    section.decodeBody({ bytes: out, begin: at, end, count: rows, cols, rows }, decoded);
    return end;
  };
  return withPayload(section, {
    ...correction,
    encodeBody,
    commit() {
      correction.settle(corrected.values, decoded.values);
    },
  });
}

/** Lets what encodes the section of a message write payloads too, each of which counts as applied. */
export function withPayload(
  section: SectionCodec,
  { commit, encodeBody, name, state }: Omit<Compensation, "encode">,
): Compensation {
  const compensated = withHeader({ ...section, encodeBody });
  return {
    name,
    state,
    encodeBody,
    commit,
    encode(gradient, out, key) {
      const bytes = compensated.encode(gradient, out, key);
      commit();
      return bytes;
    },
  };
}

/** Allocates a gradient of all rows of a parameter. */
function wholeGradient({ cols, rows }: ParameterShape): RowGradient {
  const gradient = createRowGradient(cols, rows);
  gradient.count = rows;
  for (let i = 0; i < rows; i++) gradient.rows[i] = i;
  return gradient;
}
