import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectNumber, expectRefusal, watch } from "./expect.ts";
import { referenceKernel } from "./reference-kernel.ts";
import { mixedBytes } from "./sent-values.ts";

/** "123456789", whose checksum every description of CRC-32 gives. */
const DIGITS = Uint8Array.from({ length: 9 }, (_, i) => 49 + i);
const DIGITS_CRC = 0xcbf43926;

const facts: readonly Check<"checksum">[] = [
  {
    name: "of the digits 1 to 9, which all descriptions give",
    run(kernel) {
      expectNumber(kernel(DIGITS, 0, 9, 0), DIGITS_CRC, "checksum");
    },
  },
  {
    name: "of no bytes is that of the bytes before",
    run(kernel) {
      expectNumber(kernel(DIGITS, 9, 9, DIGITS_CRC), DIGITS_CRC, "checksum");
    },
  },
  {
    name: "continues wherever bytes are cut",
    run(kernel) {
      for (let cut = 0; cut <= 9; cut++) {
        expectNumber(kernel(DIGITS, cut, 9, kernel(DIGITS, 0, cut, 0)), DIGITS_CRC, `cut at ${cut}`);
      }
    },
  },
  {
    name: "refuses bytes that are too short",
    run(kernel) {
      expectRefusal("SHAPE", () => kernel(DIGITS, 0, 10, 0));
    },
  },
];

const agrees: Check<"checksum"> = {
  name: "parts of every length and alignment",
  run(kernel) {
    const bytes = mixedBytes(3000);
    const reference = referenceKernel("checksum", {});
    const expectUnchanged = watch({ bytes });

    for (let length = 0; length < 400; length++) {
      const [begin, end] = [length % 17, (length % 17) + 7 * length];
      expectNumber(kernel(bytes, begin, end, length), reference(bytes, begin, end, length), "checksum");
    }

    expectUnchanged();
  },
};

/** Yields the checks of checksum. */
export function* checksumCases(backend: KernelBackend): Generator<ConformanceCase> {
  yield* opCases(backend, { op: "checksum", spec: {}, label: "of bytes", checks: [...facts, agrees] });
}
