import { decodeTableFile, decodeTableHeader, TABLE_HEADER_BYTES, type PackedRows } from "@dqrm/core";
import { openPositionalFile } from "./positional-file.ts";

/**
 * Reads a whole table file into memory and checks every byte of it.
 *
 * @throws IO when the file cannot be read; FORMAT or LIMIT when it is no valid table file, found before the memory is
 *         allocated when the header tells it
 * @cost allocates the file's size once; the packed rows are views of it
 *
 * ```ts doctest
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateRows } from "@dqrm/core";
 * import { loadTableFile, saveTableFile } from "@dqrm/embedding/node";
 * const path = join(mkdtempSync(join(tmpdir(), "dqrm-")), "items.dqt");
 * const format = { bits: 4, cols: 16, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * await saveTableFile(path, allocateRows(format, 100));
 * loadTableFile(path).rows; // => 100
 * ```
 */
export function loadTableFile(path: string): PackedRows {
  const file = openPositionalFile(path);
  try {
    const start = new Uint8Array(Math.min(TABLE_HEADER_BYTES, file.fileBytes));
    file.readInto(start, 0, start.length, 0);
    decodeTableHeader(path, start, file.fileBytes);
    const bytes = new Uint8Array(file.fileBytes);
    file.readInto(bytes, 0, bytes.length, 0);
    return decodeTableFile(path, bytes);
  } finally {
    file.close();
  }
}
