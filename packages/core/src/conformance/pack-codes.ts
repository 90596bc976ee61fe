import { BIT_WIDTHS, rowBytes, type BitWidth } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { createRandom } from "../random/random.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedBytes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";

/** Holds one row of codes and its bytes, known without any kernel. */
export interface KnownRow {
  readonly bits: BitWidth;
  readonly codes: readonly number[];
  readonly bytes: readonly number[];
}

/** Lists rows worked out by hand: byte k holds bits 8k to 8k + 7 of Σ code[i] · 2^(bits · i). */
export const KNOWN_ROWS: readonly KnownRow[] = [
  { bits: 1, codes: [1, 0, 1, 1, 0, 0, 0, 0, 1], bytes: [0x0d, 0x01] },
  { bits: 2, codes: [3, 0, 1], bytes: [0x13] },
  { bits: 3, codes: [1, 2, 3, 4, 5, 6, 7, 0], bytes: [0xd1, 0x58, 0x1f] },
  { bits: 4, codes: [1, 2, 3], bytes: [0x21, 0x03] },
  { bits: 5, codes: [1, 2], bytes: [0x41, 0x00] },
  { bits: 6, codes: [63, 1], bytes: [0x7f, 0x00] },
  { bits: 7, codes: [127, 127], bytes: [0xff, 0x3f] },
  { bits: 8, codes: [255, 1], bytes: [0xff, 0x01] },
  { bits: 16, codes: [0x1234, 0xfffe], bytes: [0x34, 0x12, 0xfe, 0xff] },
];

/** Rows of the tables of codes that the kit packs. */
export const CODE_ROWS = 5;

/** Draws codes of every value. */
export function randomCodes(bits: BitWidth, cols: number): Uint16Array {
  const random = createRandom({ seed: 11 * bits + cols, stream: 0x636f6465 });
  return Uint16Array.from({ length: CODE_ROWS * cols }, () => random.integer(2 ** bits));
}

function agrees(bits: BitWidth, cols: number, name: string, begin: number, end: number): Check<"packCodes"> {
  return {
    name,
    run(kernel) {
      const codes = randomCodes(bits, cols);
      const length = CODE_ROWS * rowBytes({ bits, cols });
      const expected = guardedBytes(length).view;
      referenceKernel("packCodes", { bits, cols })(codes, expected, begin, end);
      const expectUnchanged = watch({ codes });
      const { check, view } = guardedBytes(length);

      kernel(codes, view, begin, end);

      expectSame(view, expected, "dst");
      check();
      expectUnchanged();
    },
  };
}

function refusesLargeCode(bits: BitWidth, cols: number): Check<"packCodes"> {
  return {
    name: "refuses a code that needs one bit more",
    run(kernel) {
      const codes = new Uint16Array(2 * cols);
      codes[2 * cols - 1] = 2 ** bits;
      expectRefusal("VALUE", () => {
        kernel(codes, new Uint8Array(2 * rowBytes({ bits, cols })), 0, 2);
      });
    },
  };
}

function refusesShort(bits: BitWidth, cols: number): readonly Check<"packCodes">[] {
  const bytes = rowBytes({ bits, cols });
  return [
    ...(bits === 16 ? [] : [refusesLargeCode(bits, cols)]),
    {
      name: "refuses a result that is too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Uint16Array(2 * cols), new Uint8Array(2 * bytes - 1), 0, 2);
        });
      },
    },
    {
      name: "refuses codes that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Uint16Array(2 * cols - 1), new Uint8Array(2 * bytes), 0, 2);
        });
      },
    },
  ];
}

/** Yields the checks of packCodes. */
export function* packCodesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "packCodes";
  for (const { bits, bytes, codes } of KNOWN_ROWS) {
    const known: Check<"packCodes"> = {
      name: `[${codes.join(", ")}], worked out by hand`,
      run(kernel) {
        const dst = guardedBytes(2 * bytes.length).view;
        kernel(Uint16Array.from([...codes, ...codes]), dst, 0, 2);
        expectSame(dst, [...bytes, ...bytes], "dst");
      },
    };
    yield* opCases(backend, {
      op,
      spec: { bits, cols: codes.length },
      label: `${bits} bit`,
      checks: [known],
    });
  }
  for (const bits of BIT_WIDTHS) {
    for (const cols of [1, 3, 16, 17, 64]) {
      const checks = [
        agrees(bits, cols, "random codes", 0, CODE_ROWS),
        agrees(bits, cols, "a part of the rows leaves the rest untouched", 1, 3),
        agrees(bits, cols, "no rows", 2, 2),
        ...refusesShort(bits, cols),
      ];
      yield* opCases(backend, { op, spec: { bits, cols }, label: `${bits} bit cols=${cols}`, checks });
    }
  }
}
