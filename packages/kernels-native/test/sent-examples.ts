import { maxEncodedBytes } from "@dqrm/core";
import { f32, floats, i32, u8 } from "./example-arrays.ts";
import { prepared, type OpExample } from "./op-example.ts";

const ROWS = 5;
const COLS = 19;
const sent = { values: "int4", scale: { kind: "row" } } as const;
const SENT = 300;

/** Lists calls of the ops of values that are sent. */
export const SENT_EXAMPLES: readonly OpExample[] = [
  {
    op: "encodeValues",
    arrays: () => ({
      rows: Int32Array.of(0, 2, 7, 8, 11),
      values: floats(ROWS * COLS),
      out: new Uint8Array(1 + 4 * ROWS + 48),
    }),
    call: (backend, a) => {
      const spec = { ...sent, rounding: "stochastic" } as const;
      const key = { seed: -3, stream: 2 ** 31 };
      prepared(backend, "encodeValues", spec)(
        i32(a, "rows"),
        f32(a, "values"),
        ROWS,
        COLS,
        key,
        u8(a, "out"),
        1,
      );
    },
  },
  {
    op: "encodeWithFeedback",
    arrays: () => ({
      rows: Int32Array.of(0, 2, 7, 8, 11),
      gradient: floats(ROWS * COLS),
      residual: floats(ROWS * COLS),
      out: new Uint8Array(1 + 4 * ROWS + 48),
      left: new Float32Array(ROWS * COLS),
    }),
    call: (backend, a) => {
      const spec = { ...sent, rounding: "stochastic" } as const;
      const key = { seed: -3, stream: 2 ** 31 };
      prepared(backend, "encodeWithFeedback", spec)(
        i32(a, "rows"),
        f32(a, "gradient"),
        f32(a, "residual"),
        ROWS,
        COLS,
        key,
        u8(a, "out"),
        1,
        f32(a, "left"),
      );
    },
  },
  {
    op: "decodeValues",
    arrays: () => ({
      scales: Uint8Array.from({ length: 1 + 4 * ROWS }, (_, i) => (i % 4 === 0 ? 0x3f : 1)),
      codes: new Uint8Array(2 + 48).fill(0x1f, 0, 49).fill(1, 49),
      values: new Float32Array(ROWS * COLS),
    }),
    call: (backend, a) => {
      prepared(backend, "decodeValues", sent)(
        u8(a, "scales"),
        1,
        u8(a, "codes"),
        2,
        ROWS,
        COLS,
        f32(a, "values"),
      );
    },
  },
  {
    op: "encodeBytes",
    arrays: () => ({
      src: Uint8Array.from({ length: 1 + SENT }, (_, i) => (i * i) & 3),
      out: new Uint8Array(2 + maxEncodedBytes(SENT)),
    }),
    call: (backend, a) => {
      // What stands behind the coded bytes is left over from their making.
      const out = u8(a, "out");
      const written = prepared(backend, "encodeBytes", {})(u8(a, "src"), 1, 1 + SENT, out, 2);
      if (out instanceof Uint8Array) out.fill(0, 2 + written);
    },
  },
  {
    op: "decodeBytes",
    arrays: () => ({ src: Uint8Array.of(0, 1, 65, 128, 32, 0, 0, 128, 0), dst: new Uint8Array(SENT) }),
    call: (backend, a) => {
      prepared(backend, "decodeBytes", {})(u8(a, "src"), 1, 9, u8(a, "dst"), SENT);
    },
  },
  {
    op: "checksum",
    arrays: () => ({ bytes: Uint8Array.from({ length: SENT }, (_, i) => i & 255) }),
    call: (backend, a) => {
      prepared(backend, "checksum", {})(u8(a, "bytes"), 1, SENT, 0);
    },
  },
];
