import type { RandomKey } from "@dqrm/core";
import { encodeBytes } from "../entropy/rans.ts";
import { fillDraws } from "../values/draws.ts";
import { writeScale } from "../values/scale-stream.ts";
import { viewOf } from "../wire.ts";
import { createCodeRoom } from "./code-room.ts";
import type { LayScales, ShapedRows, ValueBody, ValueBodyOptions } from "./value-body.ts";

/** Prepares the writing of values: scales, then codes, by frequency where that is asked for and shorter. */
export function prepareValueWriter(
  { entropy, rounding, values: coding }: ValueBodyOptions,
  layScales: LayScales,
): ValueBody["encode"] {
  const room = createCodeRoom();
  const draw = rounding === "nearest" ? () => undefined : prepareDraws();

  return function writeValues(rows, out, at, key) {
    const { cols, count, values } = rows;
    const total = count * cols;
    const { bytes, form, size, stride } = layScales(count, cols);
    const draws = draw(rows, key);
    const codes = room(coding.codeBytes(total));
    const view = viewOf(out);
    for (let begin = 0, scaleAt = at; begin < total; begin += size, scaleAt += stride) {
      const end = Math.min(total, begin + size);
      const scale = stride === 0 ? 1 : writeScale(view, scaleAt, coding.scaleOf(values, begin, end), form);
      // Where all values are zero any scale gives their codes.
      coding.encode({ values, begin, end }, scale === 0 ? 1 : scale, draws, codes);
    }
    const codesAt = at + bytes;
    const coded = entropy ? encodeBytes(codes, out, codesAt) : 0;
    if (coded > 0) return { end: codesAt + coded, coded: true };
    out.set(codes, codesAt);
    return { end: codesAt + codes.length, coded: false };
  };
}

function prepareDraws(): (rows: ShapedRows, key: RandomKey) => Uint16Array {
  let draws = new Uint16Array(0);
  return ({ cols, count, rows }, key) => {
    if (draws.length < count * cols) draws = new Uint16Array(Math.max(count * cols, 2 * draws.length));
    fillDraws(key, rows, { count, cols }, draws);
    return draws;
  };
}
