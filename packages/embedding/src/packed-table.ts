import {
  checkPackedRows,
  createKernels,
  reference,
  type Kernels,
  type PackedRows,
  type Placement,
  type Pooling,
} from "@dqrm/core";
import { prepareBounds, type BoundsCheck, type BoundsPolicy } from "./bounds.ts";
import type { EmbeddingTable } from "./table.ts";

/** Fixes how a table that only serves is read. */
export interface ServingOptions {
  readonly pooling: Pooling;
  /** What becomes of an index outside the table; fatal unless said otherwise. */
  readonly bounds?: BoundsPolicy;
  /** The reference kernels unless said otherwise. */
  readonly kernels?: Kernels;
}

/** Serves a packed table in place. */
export interface PackedTable extends EmbeddingTable {
  readonly packed: PackedRows;
  placed(placement: Placement): PackedTable;
}

/**
 * Serves packed rows where they lie: the codes are read from the caller's buffer, never unpacked as a whole.
 *
 * @throws VALUE, LIMIT or SHAPE when the packed rows do not fit together
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { packedTable } from "@dqrm/embedding";
 * const format = { bits: 4, cols: 2, scheme: "symmetric", granularity: { kind: "table" } } as const;
 * // The codes 9, 7 and 12, 8 are the weights 1, -1 and 4, 0 times 0.5.
 * const packed = {
 *   format, rows: 2, codes: Uint8Array.of(0x79, 0x8c), scale: Float32Array.of(0.5), bias: new Float32Array(0),
 * };
 * const vectors = new Float32Array(2);
 * packedTable(packed, { pooling: "sum" }).lookup(jaggedFrom([[0, 1]]), vectors);
 * [...vectors]; // => [2.5, -0.5]
 * ```
 */
export function packedTable(packed: PackedRows, options: ServingOptions): PackedTable {
  checkPackedRows("packedTable", packed);
  const { pooling, kernels = createKernels([reference]), bounds = { mode: "fatal" } } = options;
  const check = prepareBounds(packed.rows, bounds);
  return placePacked({ packed, pooling, kernels, check }, { stride: packed.format.cols, offset: 0 });
}

interface PackedParts {
  readonly packed: PackedRows;
  readonly pooling: Pooling;
  readonly kernels: Kernels;
  readonly check: BoundsCheck;
}

function placePacked(parts: PackedParts, { stride, offset }: Placement): PackedTable {
  const { packed, pooling, kernels, check } = parts;
  const gather = kernels.prepare("embeddingBagPacked", { format: packed.format, pooling, stride, offset });
  return {
    packed,
    rows: packed.rows,
    cols: packed.format.cols,
    pooling,
    lookup: (bags, dst) => {
      gather(packed, check.check(bags), dst, 0, bags.offsets.length - 1);
    },
    placed: (placement) => placePacked(parts, placement),
  };
}
