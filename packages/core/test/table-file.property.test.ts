import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allocateRows,
  BIT_WIDTHS,
  decodeTableFile,
  encodeTableFile,
  isDeadZone,
  isDeadZoneWidth,
  isDqrmError,
  SCHEMES,
  tableFileBytes,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";

const granularity: fc.Arbitrary<RowFormat["granularity"]> = fc.oneof(
  fc.constant({ kind: "table" } as const),
  fc.constant({ kind: "row" } as const),
  fc.record({ kind: fc.constant("group" as const), groupCols: fc.integer({ min: 1, max: 20 }) }),
);

const format: fc.Arbitrary<RowFormat> = fc
  .record({
    bits: fc.constantFrom(...BIT_WIDTHS),
    cols: fc.integer({ min: 1, max: 40 }),
    scheme: fc.constantFrom(...SCHEMES),
    granularity,
  })
  .filter(({ bits, scheme }) => !isDeadZone(scheme) || isDeadZoneWidth(bits));

const packedRows: fc.Arbitrary<PackedRows> = fc
  .tuple(format, fc.integer({ min: 0, max: 30 }), fc.infiniteStream(fc.integer({ min: 0, max: 255 })))
  .map(([rowFormat, rows, stream]) => {
    const packed = allocateRows(rowFormat, rows);
    const next = (): number => Number(stream.next().value);
    for (const array of [packed.codes, packed.scale, packed.bias]) {
      for (let i = 0; i < array.length; i++) array[i] = next();
    }
    return packed;
  });

test("every packed table survives the round trip, in a file of the computed size", () => {
  fc.assert(
    fc.property(packedRows, (packed) => {
      const bytes = encodeTableFile(packed);

      expect(bytes.length).toBe(tableFileBytes(packed.format, packed.rows));
      expect(decodeTableFile("round trip", bytes)).toEqual(packed);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("damage of any kind is a FORMAT or LIMIT error", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 1,
  });
  fc.assert(
    fc.property(packedRows, damage, fc.nat(), fc.boolean(), (packed, changes, cut, truncate) => {
      const whole = encodeTableFile(packed);
      const bytes = truncate ? whole.slice(0, cut % whole.length) : whole;
      for (const [position, mask] of changes) {
        if (!truncate) bytes[position % bytes.length] ^= mask;
      }

      let failure: unknown;
      try {
        decodeTableFile("damaged", bytes);
      } catch (error) {
        failure = error;
      }

      expect(isDqrmError(failure, "FORMAT") || isDqrmError(failure, "LIMIT")).toBe(true);
    }),
    { seed: 2, numRuns: 500 },
  );
});

test("arbitrary bytes are never taken for a table", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      let failure: unknown;
      try {
        decodeTableFile("noise", bytes);
      } catch (error) {
        failure = error;
      }

      expect(isDqrmError(failure, "FORMAT")).toBe(true);
    }),
    { seed: 3, numRuns: 500 },
  );
});
