import {
  checkJagged,
  checkTableBody,
  crc32,
  createKernels,
  decodeTableHeader,
  reference,
  rowBytes,
  TABLE_HEADER_BYTES,
  type Jagged,
  type Kernels,
  type Placement,
  type Pooling,
  type TableHeader,
} from "@dqrm/core";
import { checkIndices, prepareBounds, type BoundsCheck } from "../bounds.ts";
import type { ServingOptions } from "../packed-table.ts";
import type { EmbeddingTable } from "../table.ts";
import { openPositionalFile, type PositionalFile } from "./positional-file.ts";
import { createRowReader, type RowReader } from "./row-reader.ts";

/** A lookup reads rows in portions of about this size, so that its memory does not grow with the batch. */
const PORTION_BYTES: number = 1 << 20;

/** Serves a packed table from its file: memory holds the rows of one portion of a call, never the table. */
export interface FileTable extends EmbeddingTable {
  readonly header: TableHeader;
  /** Bytes read from the file so far, header included. */
  readonly readBytes: number;
  /**
   * Reads the whole file once and compares its checksum.
   *
   * @throws FORMAT when a byte has changed
   * @cost O(file), in portions
   */
  verify(): void;
  /** Closes the file; lookups are a STATE error afterwards. A second call does nothing. */
  close(): void;
  placed(placement: Placement): FileTable;
}

/**
 * Opens a table file and serves it in place: a lookup reads only the rows that its bags name, by position.
 *
 * The header is checked here; the checksum of the body on request, see {@link FileTable.verify}.
 *
 * @throws IO when the file cannot be read; FORMAT or LIMIT when it is no valid table file
 * @cost memory: 1 MiB, or the rows of the largest bag
 *
 * ```ts doctest
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { allocateRows, jaggedFrom } from "@dqrm/core";
 * import { openPackedTable, saveTableFile } from "@dqrm/embedding/node";
 * const path = join(mkdtempSync(join(tmpdir(), "dqrm-")), "items.dqt");
 * const format = { bits: 8, cols: 2, scheme: "symmetric", granularity: { kind: "row" } } as const;
 * const packed = allocateRows(format, 3);
 * packed.codes.set([129, 128, 130, 128, 131, 127]);
 * packed.scale.fill(0.5);
 * await saveTableFile(path, packed);
 * const table = openPackedTable(path, { pooling: "sum" });
 * const vectors = new Float32Array(2);
 * table.lookup(jaggedFrom([[0, 2]]), vectors);
 * table.close();
 * [...vectors]; // => [2, -0.5]
 * ```
 */
export function openPackedTable(path: string, options: ServingOptions): FileTable {
  const { pooling, kernels = createKernels([reference]), bounds = { mode: "fatal" } } = options;
  const file = openPositionalFile(path);
  try {
    const start = new Uint8Array(TABLE_HEADER_BYTES);
    const available = Math.min(TABLE_HEADER_BYTES, file.fileBytes);
    file.readInto(start, 0, available, 0);
    const header = decodeTableHeader(path, start.subarray(0, available), file.fileBytes);
    const reader = createRowReader(file, header);
    const check = prepareBounds(header.rows, bounds);
    const { cols } = header.format;
    return placeFile({ file, header, reader, pooling, kernels, check }, { stride: cols, offset: 0 });
  } catch (error) {
    file.close();
    throw error;
  }
}

interface FileParts {
  readonly file: PositionalFile;
  readonly header: TableHeader;
  readonly reader: RowReader;
  readonly pooling: Pooling;
  readonly kernels: Kernels;
  readonly check: BoundsCheck;
}

function placeFile(parts: FileParts, placement: Placement): FileTable {
  const { file, header, pooling, check } = parts;
  const lookup = prepareLookup(parts, placement);
  return {
    header,
    rows: header.rows,
    cols: header.format.cols,
    pooling,
    get readBytes() {
      return file.readBytes;
    },
    lookup: (bags, dst) => {
      lookup(check.check(bags), dst);
    },
    placed: (other) => placeFile(parts, other),
    verify: () => {
      checkTableBody(file.path, header, bodyChecksum(file));
    },
    close: () => {
      file.close();
    },
  };
}

/** Prepares a lookup that takes as many bags at once as fit into a portion. */
function prepareLookup(
  { header, reader, pooling, kernels }: FileParts,
  placement: Placement,
): (bags: Jagged, dst: Float32Array) => void {
  const { format } = header;
  const { stride } = placement;
  const gather = kernels.prepare("embeddingBagPacked", { format, pooling, ...placement });
  const portionRows = Math.max(1, Math.floor(PORTION_BYTES / rowBytes(format)));
  let positions = new Int32Array(0);

  return (bags, dst) => {
    const used = usedBags(bags);
    const { indices, offsets, weights } = used;
    checkJagged("lookup", used);
    checkIndices("lookup", indices, header.rows);
    const count = offsets.length - 1;
    for (let first = 0; first < count;) {
      let last = first + 1;
      while (last < count && offsets[last + 1] - offsets[first] <= portionRows) last++;
      const begin = offsets[first];
      const end = offsets[last];
      if (positions.length < end - begin) positions = countUp(Math.max(end - begin, 2 * positions.length));
      const portion = {
        indices: positions,
        offsets: offsets.subarray(first, last + 1).map((offset) => offset - begin),
        ...(weights === undefined ? {} : { weights: weights.subarray(begin, end) }),
      };
      gather(reader.read(indices, begin, end), portion, dst.subarray(first * stride), 0, last - first);
      first = last;
    }
  };
}

function countUp(length: number): Int32Array<ArrayBuffer> {
  return new Int32Array(length).map((_, position) => position);
}

/** Cuts off what a source that reuses its arrays left behind the last bag. */
function usedBags({ indices, offsets, weights }: Jagged): Jagged {
  const end = offsets[offsets.length - 1];
  return {
    indices: indices.subarray(0, end),
    offsets,
    ...(weights === undefined ? {} : { weights: weights.subarray(0, end) }),
  };
}

function bodyChecksum(file: PositionalFile): number {
  const portion = new Uint8Array(PORTION_BYTES);
  let crc = 0;
  for (let position = TABLE_HEADER_BYTES; position < file.fileBytes;) {
    const bytes = Math.min(PORTION_BYTES, file.fileBytes - position);
    file.readInto(portion, 0, bytes, position);
    crc = crc32(portion.subarray(0, bytes), crc);
    position += bytes;
  }
  return crc;
}
