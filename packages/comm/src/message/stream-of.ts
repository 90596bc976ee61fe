/** Mixes the step, the shard and the parameter into a stream of random numbers of its own. */
export function streamOf(step: number, shard: number, parameter: number): number {
  let hash = Math.imul(step + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15) ^ shard, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ parameter, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
