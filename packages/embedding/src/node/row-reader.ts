import {
  checkTableNumbers,
  hasBias,
  rowBytes,
  spanLayout,
  type PackedRows,
  type Scheme,
  type TableHeader,
} from "@dqrm/core";
import type { PositionalFile } from "./positional-file.ts";

/** Reads rows of a table file into memory of its own, row k of the list to row k of the memory. */
export interface RowReader {
  /**
   * Reads the rows `indices[begin..end)`; the result is valid until the next call.
   *
   * @throws FORMAT when the file ends before or a scale is not finite; IO; STATE after close
   * @cost one read for each run of neighbouring rows, two or three when rows have scales of their own
   */
  read(indices: Int32Array, begin: number, end: number): PackedRows;
}

/**
 * Creates a reader whose memory grows to the longest list of rows that it is asked for.
 *
 * @throws FORMAT when the table's scale is not finite
 */
export function createRowReader(file: PositionalFile, header: TableHeader): RowReader {
  const { format, codesOffset, scaleOffset, biasOffset } = header;
  const { scaleStep: scalesPerRow } = spanLayout(format);
  const oneScale = scalesPerRow === 0;
  const biased = hasBias(format.scheme);
  const codes = createSection(file, codesOffset, rowBytes(format));
  const scale = createSection(file, scaleOffset, 4 * scalesPerRow);
  const bias = createSection(file, biasOffset, biased ? 4 * scalesPerRow : 0);
  const tableScale = oneScale ? readNumber(file, format.scheme, scaleOffset) : undefined;
  const tableBias = oneScale && biased ? readNumber(file, format.scheme, biasOffset) : undefined;

  return {
    read: (indices, begin, end) => {
      const rows = end - begin;
      const numbers = rows * scalesPerRow;
      const packed = {
        format,
        rows,
        codes: codes.read(indices, begin, end),
        scale: tableScale ?? floats(scale.read(indices, begin, end), numbers),
        bias: tableBias ?? floats(bias.read(indices, begin, end), biased ? numbers : 0),
      };
      checkTableNumbers(file.path, format.scheme, packed.scale, scaleOffset);
      checkTableNumbers(file.path, format.scheme, packed.bias, biasOffset);
      return packed;
    },
  };
}

interface Section {
  read(indices: Int32Array, begin: number, end: number): Uint8Array;
}

/** Reads entries of one size that stand one after the other from an offset on. */
function createSection(file: PositionalFile, offset: number, entryBytes: number): Section {
  let memory = new Uint8Array(0);
  return {
    read: (indices, begin, end) => {
      const bytes = (end - begin) * entryBytes;
      if (memory.length < bytes) memory = new Uint8Array(Math.max(bytes, 2 * memory.length));
      if (entryBytes === 0) return memory.subarray(0, 0);
      for (let from = begin; from < end;) {
        let to = from + 1;
        while (to < end && indices[to] === indices[to - 1] + 1) to++;
        const position = offset + indices[from] * entryBytes;
        file.readInto(memory, (from - begin) * entryBytes, (to - begin) * entryBytes, position);
        from = to;
      }
      return memory.subarray(0, bytes);
    },
  };
}

function readNumber(file: PositionalFile, scheme: Scheme, offset: number): Float32Array {
  const bytes = new Uint8Array(4);
  file.readInto(bytes, 0, 4, offset);
  const numbers = floats(bytes, 1);
  checkTableNumbers(file.path, scheme, numbers, offset);
  return numbers;
}

function floats(bytes: Uint8Array, length: number): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, length);
}
