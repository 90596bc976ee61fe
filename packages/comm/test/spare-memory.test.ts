import fc from "fast-check";
import { expect, test } from "vitest";
import { createSpareMemory, MAX_SPARE_ARRAYS, MAX_SPARE_BYTES } from "../src/transports/spare-memory.ts";

test("memory that was given back serves a later message that is a little longer", () => {
  const spare = createSpareMemory();
  const first = spare.take(10_000);
  spare.give(first);

  const second = spare.take(10_500);

  expect(second).toHaveLength(10_500);
  expect(second.buffer).toBe(first.buffer);
});

test("of what is kept, the smallest that is large enough is taken, and nothing that is far too large", () => {
  const spare = createSpareMemory();
  const [small, large] = [spare.take(20_000), spare.take(40_000)];
  spare.give(large);
  spare.give(small);

  expect(spare.take(15_000).buffer).toBe(small.buffer);
  expect(spare.take(2_000).buffer).not.toBe(large.buffer);
  expect(spare.take(15_000).buffer).toBe(large.buffer);
});

test("memory that is shared, or was moved to another thread, is not kept", () => {
  const spare = createSpareMemory();
  const moved = spare.take(5_000);
  structuredClone(moved, { transfer: [moved.buffer] });
  spare.give(moved);
  spare.give(new Uint8Array(new SharedArrayBuffer(5_000)));

  expect(spare.take(4_000).buffer).toHaveProperty("byteLength", 4_500);
});

test("no more arrays and bytes are kept than the limits say", () => {
  const spare = createSpareMemory();
  const many = Array.from({ length: MAX_SPARE_ARRAYS + 1 }, () => spare.take(2_000));
  for (const bytes of many) spare.give(bytes);
  const large = [1, 2, 3].map(() => spare.take(MAX_SPARE_BYTES / 2));
  for (const bytes of large) spare.give(bytes);

  const buffers = new Set([...many, ...large].map(({ buffer }) => buffer));
  const again = [spare.take(MAX_SPARE_BYTES / 2), spare.take(MAX_SPARE_BYTES / 2), spare.take(2_000)];

  expect(again.filter(({ buffer }) => buffers.has(buffer))).toHaveLength(1);
});

test("no memory is handed out twice while somebody reads it", () => {
  const call = fc.record({
    length: fc.integer({ min: 0, max: 9_000 }),
    gives: fc.boolean(),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const spare = createSpareMemory();
      const out: Uint8Array[] = [];
      for (const { gives, length, which } of calls) {
        if (gives && out.length > 0) {
          const [bytes] = out.splice(which % out.length, 1);
          spare.give(bytes);
          // Whoever gives the same twice gives it once.
          spare.give(bytes);
          continue;
        }
        const bytes = spare.take(length);
        expect(bytes).toHaveLength(length);
        expect(out.some(({ buffer }) => buffer === bytes.buffer)).toBe(false);
        out.push(bytes);
      }
    }),
  );
});
