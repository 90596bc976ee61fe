import { DqrmError, reference, type KernelBackend } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { ISAS, loadUnderTest } from "./native-under-test.ts";
import type { Arrays, Numbers } from "./example-arrays.ts";
import type { OpExample } from "./op-example.ts";
import { OP_EXAMPLES } from "./op-examples.ts";

type ArrayOf = new (buffer: ArrayBuffer, offset: number, length?: number) => Numbers;

const constructorOf = (array: Numbers): ArrayOf => array.constructor as ArrayOf;

/** Moves an array off every alignment that vector code might wish for, but that of its own elements. */
function shifted(array: Numbers): Numbers {
  const offset = 64 + array.BYTES_PER_ELEMENT;
  const view = new (constructorOf(array))(new ArrayBuffer(offset + array.byteLength), offset, array.length);
  view.set(array);
  return view;
}

/** ES2024 has resizable buffers; the library of types that the repository compiles with is ES2023. */
function resizable(bytes: number): ArrayBuffer & { resize(bytes: number): void } {
  return Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: 2 * bytes }]) as ReturnType<
    typeof resizable
  >;
}

const TOO_SHORT: Readonly<Record<string, (array: Numbers) => Numbers>> = {
  "one element short": (array) => array.subarray(1),
  detached: (array) => {
    const copy = array.slice();
    structuredClone(copy.buffer, { transfer: [copy.buffer] });
    return copy;
  },
  "cut off when its buffer shrank": (array) => {
    const buffer = resizable(array.byteLength);
    const view = new (constructorOf(array))(buffer, 0, array.length);
    buffer.resize(array.byteLength - array.BYTES_PER_ELEMENT);
    return view;
  },
  "shortened with its buffer": (array) => {
    const buffer = resizable(array.byteLength);
    const view = new (constructorOf(array))(buffer, 0);
    view.set(array);
    buffer.resize(array.byteLength - array.BYTES_PER_ELEMENT);
    return view;
  },
};

const MISLEADING: Readonly<Record<string, (array: Numbers) => Numbers>> = {
  "of another type": (array) =>
    array instanceof Float64Array ? Float32Array.from(array) : Float64Array.from(array),
  "longer by its own account": (array) => Object.defineProperty(array.slice(1), "length", { value: 1 << 20 }),
};

function results(backend: KernelBackend, example: OpExample, arrays: Arrays): readonly number[][] {
  example.call(backend, arrays);
  return Object.values(arrays).map((array) => [...array]);
}

for (const isa of ISAS) {
  const backend = await loadUnderTest({ isa });
  describe.skipIf("unavailable" in backend)(isa, () => {
    if ("unavailable" in backend) return;

    for (const example of OP_EXAMPLES) {
      for (const name of Object.keys(example.arrays())) {
        const elastic = example.elastic?.includes(name) === true;
        for (const [how, spoil] of Object.entries(elastic ? MISLEADING : { ...MISLEADING, ...TOO_SHORT })) {
          test(`${example.op} refuses ${name} that is ${how}`, () => {
            const good = example.arrays();
            const arrays = { ...good, [name]: spoil(good[name]) };

            expect(() => example.call(backend, arrays)).toThrow(DqrmError);
          });
        }
      }

      test(`${example.op} takes views that are aligned to their elements alone`, () => {
        const aligned = results(backend, example, example.arrays());

        const moved = Object.entries(example.arrays()).map(
          ([name, array]) => [name, shifted(array)] as const,
        );

        expect(results(backend, example, Object.fromEntries(moved))).toEqual(aligned);
      });
    }
  });
}

test("every op of the backend has an example", async () => {
  const served = OP_EXAMPLES.map(({ op }) => op).sort();

  expect(served).toEqual(Object.keys(reference.ops).sort());
});
