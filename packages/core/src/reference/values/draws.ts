import { threefry2x32, type RandomKey } from "../../random/threefry.ts";

const words = new Uint32Array(2);

/** One block of random bits serves so many values. */
const DRAWS_PER_BLOCK = 4;

/**
 * Fills `draws` with 16 random bits for each value, chosen by the key and the place of the value in the parameter alone:
 * not by the order of rows, and not by who encodes.
 *
 * @shape rows i32[count]; draws u16[>= count × cols], draw i × cols + c belongs to element rows[i] × cols + c
 * @cost a quarter of a Threefry block for each value of a row
 */
export function fillDraws(
  key: RandomKey,
  rows: Int32Array,
  shape: { readonly count: number; readonly cols: number },
  draws: Uint16Array,
): void {
  const { cols, count } = shape;
  for (let i = 0; i < count; i++) {
    let place = rows[i] * cols;
    let lane = place % DRAWS_PER_BLOCK;
    for (let c = 0; c < cols; c++) {
      if (c === 0 || lane === 0) {
        const block = Math.floor(place / DRAWS_PER_BLOCK);
        threefry2x32(key, block | 0, Math.floor(block / 2 ** 32), words);
      }
      const word = words[lane >> 1];
      draws[i * cols + c] = (lane & 1) === 0 ? word & 0xffff : word >>> 16;
      place++;
      lane = (lane + 1) % DRAWS_PER_BLOCK;
    }
  }
}
