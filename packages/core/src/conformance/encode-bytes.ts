import { maxEncodedBytes } from "../format/value-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedBytes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { mixedBytes } from "./sent-values.ts";

/** Lists bytes to be coded: skewed and even ones, few and many symbols, some that do not pay or pay too much. */
export const CODED_BYTES: Readonly<Record<string, Uint8Array>> = {
  none: new Uint8Array(0),
  one: Uint8Array.of(7),
  "a few": mixedBytes(40),
  "one symbol": new Uint8Array(2000).fill(9),
  "one symbol, too often": new Uint8Array(4000),
  "two symbols, one of them once": Uint8Array.from({ length: 900 }, (_, i) => (i === 400 ? 1 : 0)),
  "all symbols alike": Uint8Array.from({ length: 4096 }, (_, i) => (i * 167) & 255),
  "all symbols, one of them often": Uint8Array.from({ length: 5000 }, (_, i) => (i < 256 ? i : 3)),
  "small ones often": mixedBytes(3000),
  "hardly shorter": Uint8Array.from({ length: 9001 }, (_, i) => (i % 12 === 0 ? 0 : (i * i * 31) >> 3)),
  "four symbols": mixedBytes(1111).map((byte) => byte & 3),
  "one too few for a few states": mixedBytes(511),
  "just enough for a few states": mixedBytes(512),
  "one too few for many states": mixedBytes(16_383),
  "just enough for many states": mixedBytes(16_384),
  "so many that the states end within a turn": mixedBytes(20_011),
  "many, hardly shorter": Uint8Array.from({ length: 17_001 }, (_, i) =>
    i % 12 === 0 ? 0 : (i * i * 31) >> 3,
  ),
  "many of one symbol": new Uint8Array(16_390).fill(9),
  "many of one symbol, too often": new Uint8Array(18_000),
};

function agrees(name: string, bytes: Uint8Array): Check<"encodeBytes"> {
  return {
    name,
    run(kernel) {
      const src = Uint8Array.from([1, 2, 3, ...bytes, 255]);
      const end = 3 + bytes.length;
      const length = 4 + maxEncodedBytes(bytes.length);
      const expected = new Uint8Array(length);
      const written = referenceKernel("encodeBytes", {})(src, 3, end, expected, 4);
      const expectUnchanged = watch({ src });
      const { check, view } = guardedBytes(length);

      expectNumber(kernel(src, 3, end, view, 4), written, "bytes written");

      expectSame(view.subarray(4, 4 + written), expected.subarray(4, 4 + written), "out");
      expectSame(view.subarray(0, 4), [255, 255, 255, 255], "what stands before");
      check();
      expectUnchanged();
    },
  };
}

const refusals: readonly Check<"encodeBytes">[] = [
  {
    name: "refuses bytes that are too short",
    run(kernel) {
      expectRefusal("SHAPE", () => kernel(new Uint8Array(9), 1, 10, new Uint8Array(2000), 0));
    },
  },
  {
    name: "refuses a result that is too short",
    run(kernel) {
      const room = new Uint8Array(maxEncodedBytes(9));
      expectRefusal("SHAPE", () => kernel(new Uint8Array(9), 0, 9, room, 1));
    },
  },
];

/** Yields the checks of encodeBytes. */
export function* encodeBytesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const lists = Object.entries(CODED_BYTES).map(([name, bytes]) => agrees(name, bytes));
  yield* opCases(backend, {
    op: "encodeBytes",
    spec: {},
    label: "of bytes",
    checks: [...lists, ...refusals],
  });
}
