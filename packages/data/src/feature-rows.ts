import { createCodeIndex } from "./code-index.ts";
import { decodeCodes } from "./code-text.ts";
import { hashCode, hashText, hashToRow } from "./hashing.ts";
import type { FeatureEncoding } from "./preprocessing.ts";

/** Gives the row of a value, or -1 when the encoding refuses it. */
export interface RowLookup {
  ofText(text: string): number;
  ofCode(code: number): number;
}

function vocabularyRows(encoding: Extract<FeatureEncoding, { kind: "vocabulary" }>): RowLookup {
  const { values, unknown, modulo, missing } = encoding;
  const first = unknown === "row" ? 1 : 0;
  const otherwise = unknown === "row" ? 0 : -1;
  if (values.kind === "text") {
    const rows = new Map(values.list.map((text, i) => [text, first + i]));
    return { ofText: (text) => rows.get(text) ?? otherwise, ofCode: () => -1 };
  }
  const index = createCodeIndex();
  const codes = decodeCodes(values.list) ?? new Uint32Array(0);
  codes.forEach((code, i) => index.add(i === values.missing ? -1 : code));
  return {
    ofText: () => -1,
    ofCode(code) {
      const known = code < 0 && missing === "zero" ? 0 : code;
      const number = index.find(modulo > 0 && known >= 0 ? known % modulo : known);
      return number < 0 ? otherwise : first + number;
    },
  };
}

/** Prepares the lookup of one feature; a value of the other kind than it was fitted on is refused. */
export function prepareRowLookup(encoding: FeatureEncoding): RowLookup {
  if (encoding.kind === "vocabulary") return vocabularyRows(encoding);
  const { rows } = encoding;
  if (encoding.kind === "modulo") return { ofText: () => -1, ofCode: (code) => (code < 0 ? 0 : code % rows) };
  const { seed, modulo } = encoding;
  return {
    ofText: (text) => hashToRow(hashText(text, seed), rows),
    ofCode: (code) => hashToRow(hashCode(modulo > 0 && code >= 0 ? code % modulo : code, seed), rows),
  };
}
