import { maxEncodedBytes } from "../format/value-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { CODED_BYTES } from "./encode-bytes.ts";
import { expectNumber, expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedBytes } from "./memory.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { mixedBytes } from "./sent-values.ts";

function encoded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(maxEncodedBytes(bytes.length));
  const encode = referenceKernel("encodeBytes", {});
  return out.slice(0, encode(bytes, 0, bytes.length, out, 0));
}

function agrees(name: string, bytes: Uint8Array): Check<"decodeBytes"> {
  return {
    name,
    run(kernel) {
      const src = Uint8Array.from([0, ...encoded(bytes), 3, 4]);
      const expectUnchanged = watch({ src });
      const { check, view } = guardedBytes(bytes.length);

      const whole = kernel(src, 1, src.length - 2, view, bytes.length);

      expectNumber(Number(whole), src.length === 3 ? 0 : 1, "the verdict");
      if (whole) expectSame(view, bytes, "dst");
      check();
      expectUnchanged();
    },
  };
}

function verdictOf(kernel: Parameters<Check<"decodeBytes">["run"]>[0], bytes: Uint8Array, count: number) {
  const reference = referenceKernel("decodeBytes", {});
  const expected = new Uint8Array(count);
  const verdict = reference(bytes, 0, bytes.length, expected, count);
  const { check, view } = guardedBytes(count);
  expectNumber(Number(kernel(bytes, 0, bytes.length, view, count)), Number(verdict), "the verdict");
  if (verdict) expectSame(view, expected, "dst");
  check();
}

/** Damages every place, or of many bytes some, the last ones among them. */
function damaged(bytes: Uint8Array, stride = 1): readonly Check<"decodeBytes">[] {
  const whole = encoded(bytes);
  const places = [...whole.keys()].filter((i) => i % stride === 0 || i >= whole.length - 3);
  const changes = mixedBytes(whole.length, 8);
  return [
    {
      name: `${bytes.length} bytes cut at many places`,
      run(kernel) {
        for (const cut of places) verdictOf(kernel, whole.subarray(0, cut), bytes.length);
      },
    },
    {
      name: `${bytes.length} bytes changed at many places`,
      run(kernel) {
        for (const i of places) {
          for (const byte of [0, 0x80, 0xff, whole[i] ^ 1, changes[i]]) {
            const other = Uint8Array.from(whole);
            other[i] = byte;
            verdictOf(kernel, other, bytes.length);
          }
        }
      },
    },
    {
      name: `${bytes.length} bytes of which more or fewer are asked for`,
      run(kernel) {
        for (const count of [0, 1, bytes.length - 1, bytes.length + 1, 2 * bytes.length]) {
          verdictOf(kernel, whole, count);
        }
      },
    },
  ];
}

const refusals: readonly Check<"decodeBytes">[] = [
  {
    name: "refuses bytes that are too short",
    run(kernel) {
      expectRefusal("SHAPE", () => kernel(new Uint8Array(9), 1, 10, new Uint8Array(9), 9));
    },
  },
  {
    name: "refuses a result that is too short",
    run(kernel) {
      expectRefusal("SHAPE", () => kernel(new Uint8Array(9), 0, 9, new Uint8Array(9), 10));
    },
  },
];

/** Yields the checks of decodeBytes. */
export function* decodeBytesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const checks = [
    ...Object.entries(CODED_BYTES).map(([name, bytes]) => agrees(name, bytes)),
    ...damaged(mixedBytes(700).map((byte) => byte & 31)),
    ...damaged(mixedBytes(90).map((byte) => byte & 1)),
    ...damaged(new Uint8Array(500).fill(200)),
    ...damaged(
      mixedBytes(16_400).map((byte) => byte & 15),
      157,
    ),
    ...refusals,
  ];
  yield* opCases(backend, { op: "decodeBytes", spec: {}, label: "of bytes", checks });
}
