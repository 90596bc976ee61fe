import { BIT_WIDTHS, rowBytes, type BitWidth } from "../format/row-format.ts";
import type { KernelBackend } from "../kernel/backend.ts";
import { opCases, type Check, type ConformanceCase } from "./case.ts";
import { expectRefusal, expectSame, watch } from "./expect.ts";
import { guardedCodes } from "./memory.ts";
import { CODE_ROWS, KNOWN_ROWS, randomCodes } from "./pack-codes.ts";
import { referenceKernel } from "./reference-kernel.ts";

function inverts(
  bits: BitWidth,
  cols: number,
  name: string,
  begin: number,
  end: number,
): Check<"unpackCodes"> {
  return {
    name,
    run(kernel) {
      const codes = randomCodes(bits, cols);
      const src = new Uint8Array(CODE_ROWS * rowBytes({ bits, cols }));
      referenceKernel("packCodes", { bits, cols })(codes, src, 0, CODE_ROWS);
      const expected = guardedCodes(codes.length).view;
      expected.set(codes.subarray(begin * cols, end * cols), begin * cols);
      const expectUnchanged = watch({ src });
      const { check, view } = guardedCodes(codes.length);

      kernel(src, view, begin, end);

      expectSame(view, expected, "codes");
      check();
      expectUnchanged();
    },
  };
}

function refusesShort(bits: BitWidth, cols: number): readonly Check<"unpackCodes">[] {
  const bytes = rowBytes({ bits, cols });
  return [
    {
      name: "refuses a result that is too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Uint8Array(2 * bytes), new Uint16Array(2 * cols - 1), 0, 2);
        });
      },
    },
    {
      name: "refuses bytes that are too short",
      run(kernel) {
        expectRefusal("SHAPE", () => {
          kernel(new Uint8Array(2 * bytes - 1), new Uint16Array(2 * cols), 0, 2);
        });
      },
    },
  ];
}

/** Yields the checks of unpackCodes. */
export function* unpackCodesCases(backend: KernelBackend): Generator<ConformanceCase> {
  const op = "unpackCodes";
  for (const { bits, bytes, codes } of KNOWN_ROWS) {
    const known: Check<"unpackCodes"> = {
      name: `[${codes.join(", ")}], worked out by hand`,
      run(kernel) {
        const actual = guardedCodes(2 * codes.length).view;
        kernel(Uint8Array.from([...bytes, ...bytes]), actual, 0, 2);
        expectSame(actual, [...codes, ...codes], "codes");
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
        inverts(bits, cols, "random codes", 0, CODE_ROWS),
        inverts(bits, cols, "a part of the rows leaves the rest untouched", 1, 3),
        ...refusesShort(bits, cols),
      ];
      yield* opCases(backend, { op, spec: { bits, cols }, label: `${bits} bit cols=${cols}`, checks });
    }
  }
}
