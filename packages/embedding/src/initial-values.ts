import { createRandom, DqrmError, uniformAt, type RandomKey } from "@dqrm/core";

/** Gives the size of a table that is to be filled, or of a part of it. */
export interface TableShape {
  readonly rows: number;
  readonly cols: number;
  /** The row of the whole table that the first of these rows is; 0 unless given. */
  readonly firstRow?: number;
}

/**
 * Fills a table with numbers uniform in ±bound, which is 1/√rows unless it is given.
 *
 * The number at a place depends on the key and the place alone, so that parts of a table can be filled apart; give them
 * the bound of the whole table.
 *
 * @shape dst f32[rows × cols]
 * @throws SHAPE when dst has another length
 * @source facebookresearch/dlrm create_emb; DQRM uses the same
 *
 * ```ts doctest
 * import { uniformInit } from "@dqrm/embedding";
 * const weights = uniformInit({ rows: 100, cols: 4 }, { seed: 1, stream: 0 });
 * weights.length; // => 400
 * weights.every((w) => Math.abs(w) <= 0.1); // => true
 * ```
 */
export function uniformInit(
  shape: TableShape & { readonly bound?: number },
  key: RandomKey,
  dst: Float32Array = new Float32Array(shape.rows * shape.cols),
): Float32Array {
  checkLength("uniformInit", shape, dst);
  const bound = shape.bound ?? 1 / Math.sqrt(shape.rows);
  const first = firstPlace(shape);
  for (let i = 0; i < dst.length; i++) dst[i] = (2 * uniformAt(key, first + i) - 1) * bound;
  return dst;
}

/**
 * Fills a table with numbers of a normal distribution around zero; parts of a table can be filled apart.
 *
 * @shape dst f32[rows × cols]
 * @throws SHAPE when dst has another length; VALUE when the deviation is negative or not finite
 *
 * ```ts doctest
 * import { normalInit } from "@dqrm/embedding";
 * normalInit({ rows: 100, cols: 4, standardDeviation: 0.01 }, { seed: 1, stream: 0 }).length; // => 400
 * ```
 */
export function normalInit(
  shape: TableShape & { readonly standardDeviation: number },
  key: RandomKey,
  dst: Float32Array = new Float32Array(shape.rows * shape.cols),
): Float32Array {
  checkLength("normalInit", shape, dst);
  const { standardDeviation } = shape;
  if (!Number.isFinite(standardDeviation) || standardDeviation < 0) {
    throw new DqrmError("VALUE", {
      op: "normalInit",
      what: "standardDeviation",
      expected: "a finite number >= 0",
      actual: String(standardDeviation),
    });
  }
  // A normal number takes two draws.
  const random = createRandom(key, 2 * firstPlace(shape));
  for (let i = 0; i < dst.length; i++) dst[i] = standardDeviation * random.normal();
  return dst;
}

function firstPlace({ cols, firstRow = 0 }: TableShape): number {
  return firstRow * cols;
}

function checkLength(op: string, { rows, cols }: TableShape, dst: Float32Array): void {
  if (dst.length !== rows * cols) {
    throw new DqrmError("SHAPE", { op, what: "dst", expected: rows * cols, actual: dst.length });
  }
}
