import { rowCodec, type RowCodecOptions, type SectionedCodec } from "@dqrm/comm";
import {
  createKernels,
  createRandom,
  createRowGradient,
  isDqrmError,
  reference,
  type Kernels,
  type Random,
  type RowGradient,
} from "@dqrm/core";
import { nativeKernels } from "@dqrm/kernels-native";
import { wasmKernels } from "@dqrm/kernels-wasm";
import { describe, expect, test } from "vitest";

/** Damaged bodies that every pair of backends reads; a million of them take a quarter of an hour. */
const CASES = Number(process.env["DQRM_FUZZ_CASES"] ?? 4000);
const ROWS = 5000;
const KEY = { seed: 11, stream: 5 };

const CODINGS = ["float32", "bfloat16", "float16", "int16", "int8", "int4", "ternary", "sign"] as const;
const SCALES = [{ kind: "tensor" }, { kind: "row" }, { kind: "block", values: 32 }] as const;
const ROUNDED: readonly string[] = ["int16", "int8", "int4", "ternary"];

const OPTIONS: readonly RowCodecOptions[] = CODINGS.flatMap((values) =>
  SCALES.flatMap((scale) =>
    [false, true].flatMap((entropy) =>
      (["nearest", "stochastic"] as const)
        .filter((rounding) => rounding === "nearest" || ROUNDED.includes(values))
        .map((rounding) => ({ values, scale, entropy, rounding })),
    ),
  ),
);

/** Draws a gradient of any size: rows of zeros, denormal and large values, halves between levels. */
function drawGradient(random: Random): RowGradient {
  const cols = 1 + random.integer(random.integer(4) === 0 ? 70 : 20);
  const count = random.integer(40);
  const gradient = createRowGradient(cols, count);
  const size = [1, 1e-3, 2 ** -140, 2e36][random.integer(4)];
  for (let i = 0; i < count; i++) {
    gradient.rows[i] = i * 97 + random.integer(97);
    const zero = random.integer(5) === 0;
    for (let c = 0; c < cols; c++) {
      const value = random.integer(3) === 0 ? (random.integer(255) - 127) / 2 : random.normal();
      gradient.values[i * cols + c] = zero ? 0 : value * size;
    }
  }
  gradient.count = count;
  return gradient;
}

function encoded({ section }: SectionedCodec, gradient: RowGradient): Uint8Array {
  const out = new Uint8Array(section.maxBodyBytes(gradient.count, gradient.cols));
  return out.subarray(0, section.encodeBody(gradient, out, 0, KEY));
}

/** Gives the rows and values that a body decodes to, or why it is none. */
function decoded(
  { section }: SectionedCodec,
  bytes: Uint8Array,
  shape: { readonly count: number; readonly cols: number },
): unknown {
  const target = createRowGradient(shape.cols, 0);
  try {
    section.decodeBody({ bytes, begin: 0, end: bytes.length, ...shape, rows: ROWS }, target);
  } catch (error) {
    if (isDqrmError(error, "WIRE")) return error.message;
    throw error;
  }
  const values = target.values.slice(0, shape.count * shape.cols);
  return { rows: target.rows.slice(0, shape.count), bits: new Uint32Array(values.buffer) };
}

/** Changes, cuts or repeats some bytes. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const end = random.integer(8) === 0 ? random.integer(bytes.length + 1) : bytes.length;
  const copy = bytes.slice(0, end);
  const changes = 1 + random.integer(3);
  for (let k = 0; k < changes && end > 0; k++) {
    const head = random.integer(2) === 0 ? Math.min(end, 40) : end;
    copy[random.integer(head)] =
      random.integer(3) === 0 ? [0, 127, 128, 255][random.integer(4)] : random.integer(256);
  }
  return copy;
}

for (const plugin of [nativeKernels, wasmKernels]) {
  const loaded = await plugin.load({ threads: 1 });
  describe.skipIf("unavailable" in loaded)(`codecs with ${plugin.name} kernels`, () => {
    if ("unavailable" in loaded) return;
    const kernels: Kernels = createKernels([loaded, reference]);
    const pairs = OPTIONS.map((options) => [rowCodec(options), rowCodec({ ...options, kernels })] as const);

    test("write the bytes of the plain loops, and read the same bits", () => {
      const random = createRandom({ seed: 1, stream: 0 });
      for (const [plain, fast] of pairs) {
        for (let i = 0; i < 20; i++) {
          const gradient = drawGradient(random);

          const bytes = encoded(plain, gradient);

          expect(encoded(fast, gradient)).toEqual(bytes);
          expect(decoded(fast, bytes, gradient)).toEqual(decoded(plain, bytes, gradient));
        }
      }
    });

    test("accept and refuse what the plain loops do, for the same reason", () => {
      const random = createRandom({ seed: 2, stream: 0 });
      for (let i = 0; i < CASES; i++) {
        const [plain, fast] = pairs[i % pairs.length];
        const gradient = drawGradient(random);

        const bytes = damage(encoded(plain, gradient), random);

        expect(decoded(fast, bytes, gradient)).toEqual(decoded(plain, bytes, gradient));
      }
    }, 3_600_000);
  });
}
