import fc from "fast-check";
import {
  allocateRows,
  BIT_WIDTHS,
  isDeadZone,
  isDeadZoneWidth,
  SCHEMES,
  type PackedRows,
  type RowFormat,
} from "@dqrm/core";

const anyFormat: fc.Arbitrary<RowFormat> = fc.record({
  bits: fc.constantFrom(...BIT_WIDTHS),
  cols: fc.integer({ min: 1, max: 9 }),
  scheme: fc.constantFrom(...SCHEMES),
  granularity: fc.oneof(
    fc.constant({ kind: "table" } as const),
    fc.constant({ kind: "row" } as const),
    fc.record({ kind: fc.constant("group" as const), groupCols: fc.integer({ min: 1, max: 5 }) }),
  ),
});

const format = anyFormat.filter(({ bits, scheme }) => !isDeadZone(scheme) || isDeadZoneWidth(bits));

/** Packed tables of every format, with arbitrary codes and scales. */
export function packedRows(rows: number): fc.Arbitrary<PackedRows> {
  return fc.tuple(format, fc.infiniteStream(fc.integer({ min: 0, max: 255 }))).map(([rowFormat, stream]) => {
    const packed = allocateRows(rowFormat, rows);
    const next = (): number => Number(stream.next().value);
    for (let i = 0; i < packed.codes.length; i++) packed.codes[i] = next();
    for (let i = 0; i < packed.scale.length; i++) packed.scale[i] = (next() + 1) / 64;
    for (let i = 0; i < packed.bias.length; i++)
      packed.bias[i] = next() / 16 - (isDeadZone(rowFormat.scheme) ? 0 : 8);
    return packed;
  });
}
