import { DqrmError } from "../errors.ts";
import { checkSize } from "../reference/checks.ts";
import { mixingHash, placeOf } from "./mixing-hash.ts";
import { referenceHash } from "./reference-hash.ts";
import { checkSeed } from "./row-hash.ts";

/**
 * Says how the numbers of an embedding row are found in one shared array of cells.
 *
 * A row is cut into blocks of `blockCols` (Z) numbers that stand together in the array. "mixing" hashes a block onto a
 * multiple of Z, so that the array is a table with a block in each row; "reference" is the authors' mapping, which
 * starts blocks anywhere, so that the array is a table with a cell in each row.
 *
 * @source ROBE, arXiv 2108.02191; PSS, arXiv 2207.10731
 */
export interface RobeSpec {
  /** Cells of the shared array (m). */
  readonly cells: number;
  /** Columns of the embedding rows (D). */
  readonly cols: number;
  /** Numbers that stand together (Z); divides cols with "mixing". */
  readonly blockCols: number;
  readonly hash: "mixing" | "reference";
  /** Rows of the vocabularies before this one, so that no two share a key. */
  readonly keyOffset: number;
  /** Chooses among the hashes of places ("mixing" only) and of signs. @shape an integer in [0, 2^32) */
  readonly seed: number;
  /** Gives each block a random sign: inner products of rows are then unbiased. */
  readonly signs: boolean;
}

/** Finds the numbers of embedding rows in the rows of a shared table. */
export interface RobeMapping {
  /** Columns of the shared table: Z, or 1 with "reference". */
  readonly tableCols: number;
  /** Rows of the shared table; with "mixing" the cells that are left over are not used. */
  readonly tableRows: number;
  /** Rows of the shared table that make up one embedding row. */
  readonly parts: number;
  /** Gives the row of the shared table that holds a part of the row of an index. */
  row(index: number, part: number): number;
  /** Gives the sign of a part, 1 or −1. */
  sign(index: number, part: number): number;
}

/** Keeps the signs independent of the places: it is added to the seed. */
const SIGN_SEED = 0x5163;

/**
 * Prepares the mapping of embedding rows onto a shared array.
 *
 * @units mixing: row ⌊mixingHash(index + keyOffset, block, seed) · ⌊m/Z⌋ / 2^32⌋;
 *        reference: cell referenceHash(index + keyOffset, block) mod (m − Z + 1) + i mod Z;
 *        sign −1 where mixingHash(index + keyOffset, block, seed + 0x5163 mod 2^32) is odd
 * @throws VALUE when a number is not an integer in its range, or blocks do not fit
 *
 * ```ts doctest
 * import { createRobeMapping } from "@dqrm/core";
 * const authors = { cells: 101, cols: 8, blockCols: 4, hash: "reference", keyOffset: 0, seed: 0, signs: false } as const;
 * const { parts, row } = createRobeMapping(authors);
 * Array.from({ length: parts }, (_, part) => row(0, part)); // => [9, 10, 11, 12, 89, 90, 91, 92]
 * ```
 */
export function createRobeMapping(spec: RobeSpec): RobeMapping {
  checkRobe(spec);
  const { blockCols, cells, cols, hash, keyOffset, seed, signs } = spec;
  const signSeed = (seed + SIGN_SEED) % 2 ** 32;
  const signOf = (index: number, block: number): number =>
    signs && mixingHash(index + keyOffset, block, signSeed) % 2 === 1 ? -1 : 1;
  if (hash === "mixing") {
    const tableRows = Math.floor(cells / blockCols);
    return {
      tableCols: blockCols,
      tableRows,
      parts: cols / blockCols,
      row: (index, part) => placeOf(mixingHash(index + keyOffset, part, seed), tableRows),
      sign: signOf,
    };
  }
  const starts = cells - blockCols + 1;
  return {
    tableCols: 1,
    tableRows: cells,
    parts: cols,
    row: (index, part) => {
      const block = Math.floor(part / blockCols);
      return (referenceHash(index + keyOffset, block) % starts) + part - block * blockCols;
    },
    sign: (index, part) => signOf(index, Math.floor(part / blockCols)),
  };
}

function checkRobe({ blockCols, cells, cols, hash, keyOffset, seed }: RobeSpec): void {
  const op = "robe mapping";
  const refuse = (what: string, expected: string, actual: number): never => {
    throw new DqrmError("VALUE", { op, what, expected, actual: String(actual) });
  };
  checkSize(op, "cells", cells);
  checkSize(op, "cols", cols);
  checkSize(op, "blockCols", blockCols);
  checkSeed(op, seed);
  if (!Number.isSafeInteger(keyOffset) || keyOffset < 0) {
    refuse("keyOffset", "an integer in [0, 2^53)", keyOffset);
  }
  if (blockCols > cells) refuse("blockCols", `at most the ${cells} cells`, blockCols);
  if (hash === "mixing" && cols % blockCols !== 0) {
    refuse("blockCols", `a divisor of the ${cols} columns, as blocks are aligned`, blockCols);
  }
}
