import { DqrmError } from "@dqrm/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeSafetensors,
  encodeSafetensors,
  joinBytes,
  layoutSafetensors,
  type Tensor,
} from "../src/index.ts";

const name = fc
  .string({ maxLength: 12, unit: "grapheme" })
  .filter((text) => !(text in {}) && !text.startsWith("__") && text !== "prototype");

const u8 = fc.uint8Array({ maxLength: 200 });
const f32 = fc.float32Array({ maxLength: 40 });
const i32 = fc.int32Array({ maxLength: 40 });
const u16 = fc.uint16Array({ maxLength: 40 });

const unnamed = fc.oneof(
  u8.map((data) => ({ dtype: "U8" as const, shape: [data.length], data })),
  f32.map((data) => ({ dtype: "F32" as const, shape: [data.length, 1], data })),
  i32.map((data) => ({ dtype: "I32" as const, shape: [1, data.length], data })),
  u16.map((data) => ({ dtype: "U16" as const, shape: [data.length], data })),
);

const tensors = fc
  .uniqueArray(fc.tuple(name, unnamed), { maxLength: 12, selector: ([key]) => key })
  .map((pairs) => pairs.map(([key, tensor]): Tensor => ({ name: key, ...tensor })));

const metadata = fc.dictionary(name, fc.string(), { maxKeys: 4, noNullPrototype: true });

test("what is encoded is decoded: names, types, shapes, bits and metadata", () => {
  fc.assert(
    fc.property(tensors, metadata, (list, strings) => {
      const file = joinBytes(encodeSafetensors(list, strings).parts);

      const decoded = decodeSafetensors("f", file);

      expect(Object.fromEntries(decoded.metadata)).toEqual(strings);
      expect(decoded.tensors.size).toBe(list.length);
      for (const tensor of list) expect(decoded.tensors.get(tensor.name)).toEqual(tensor);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("the layout computed without data is the layout of the file", () => {
  fc.assert(
    fc.property(tensors, metadata, (list, strings) => {
      const layout = layoutSafetensors(list, strings);
      const { parts } = encodeSafetensors(list, strings);

      expect(layout.fileBytes).toBe(parts.reduce((sum, part) => sum + part.length, 0));
      expect(parts[0]).toEqual(layout.header);
    }),
    { seed: 2, numRuns: 100 },
  );
});

test("any change of a file decodes or fails with a typed error, and never pollutes a prototype", () => {
  const change = fc.record({ position: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() });
  fc.assert(
    fc.property(
      tensors,
      metadata,
      fc.array(change, { minLength: 1, maxLength: 6 }),
      (list, strings, changes) => {
        let file = joinBytes(encodeSafetensors(list, strings).parts);
        for (const { byte, cut, position } of changes) {
          if (file.length > 0) file[position % file.length] = byte;
          if (cut) file = file.slice(0, position % (file.length + 1));
        }

        try {
          decodeSafetensors("f", file);
        } catch (error) {
          expect(error).toBeInstanceOf(DqrmError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
    ),
    { seed: 3, numRuns: 1000 },
  );
});

test("any JSON as a header decodes or fails with a typed error", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat({ max: 64 }), (json, dataBytes) => {
      const header = new TextEncoder().encode(json);
      const file = new Uint8Array(8 + header.length + dataBytes);
      new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
      file.set(header, 8);

      try {
        decodeSafetensors("f", file);
      } catch (error) {
        expect(error).toBeInstanceOf(DqrmError);
      }
    }),
    { seed: 4, numRuns: 1000 },
  );
});
