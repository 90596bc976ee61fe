import {
  MAX_ROWS,
  VALUE_CODING_NUMBERS,
  valueLayout,
  type OpFn,
  type OpSpec,
  type ValueLayout,
} from "@dqrm/core";
import {
  checkEncodeValues,
  checkFinite,
  checkLength,
  checkPart,
  checkSize,
  failIndex,
} from "@dqrm/core/checks";
import type { TrainingExports } from "../training.generated.ts";
import type { Host } from "./host.ts";
import { DRAWS_ROOM } from "./sent-coding.ts";

const OP = "encodeValues";

/** Serves the coding of values that are sent, but for float16. */
export function serveEncodeValues(
  host: Host<TrainingExports>,
): (spec: OpSpec<"encodeValues">) => OpFn<"encodeValues"> | undefined {
  const { exports, stage } = host;
  return function prepareEncodeValues(spec) {
    checkEncodeValues(OP, spec);
    if (spec.values === "float16") return undefined;
    const coding = VALUE_CODING_NUMBERS[spec.values];
    const random = spec.rounding === "stochastic";
    return function encodeValues(rows, values, count, cols, key, out, at) {
      const total = count * cols;
      checkPart(OP, 0, count);
      checkPart(OP, 0, at);
      checkSize(OP, "cols", cols);
      checkLength(OP, "values", values.length, total);
      if (random) checkRows(rows, count);
      const layout = valueLayout(spec, count, cols);
      const end = at + layout.scaleBytes + layout.codeBytes;
      checkLength(OP, "out", out.length, end);
      stage.open();
      const room = stage.take(DRAWS_ROOM);
      const src = stage.read(values, 0, total);
      const to = stage.room(out, at, end);
      const { groupValues, scaleStride } = layout;
      if (!exports.writeScales(src, total, groupValues, coding, scaleStride, to + at)) {
        checkFinite("values", values, 0, total);
      }
      const from = random ? stage.read(rows, 0, count) : 0;
      const part = { rows: from, src, total, cols, coding, scales: to + at, room };
      writeCodes(host, part, layout, random ? key : undefined);
      stage.give(out, at, end, to);
      return end;
    };
  };
}

interface SentPart {
  readonly rows: number;
  readonly src: number;
  readonly total: number;
  readonly cols: number;
  readonly coding: number;
  readonly scales: number;
  readonly room: number;
}

/** Writes the codes behind the scales, which stand already. */
function writeCodes(
  { exports, stage }: Host<TrainingExports>,
  { cols, coding, room, rows, scales, src, total }: SentPart,
  { codeBytes, groupValues, scaleBytes, scaleStride }: ValueLayout,
  key: { readonly seed: number; readonly stream: number } | undefined,
): void {
  const codes = scales + scaleBytes;
  switch (coding) {
    case VALUE_CODING_NUMBERS.float32:
      stage.bytes.copyWithin(codes, src, src + codeBytes);
      return;
    case VALUE_CODING_NUMBERS.bfloat16:
      exports.encodeHalves(src, total, codes);
      return;
    case VALUE_CODING_NUMBERS.sign:
      exports.encodeSigns(src, total, codes);
      return;
    default: {
      const seed = (key?.seed ?? 0) | 0;
      const stream = (key?.stream ?? 0) | 0;
      exports.encodeLevels(
        rows,
        src,
        total,
        cols,
        groupValues,
        coding,
        scaleStride,
        scales,
        codes,
        key !== undefined,
        seed,
        stream,
        room,
      );
    }
  }
}

function checkRows(rows: Int32Array, count: number): void {
  checkLength(OP, "rows", rows.length, count);
  for (let i = 0; i < count; i++) if (rows[i] < 0) failIndex(OP, i, rows[i], MAX_ROWS);
}
