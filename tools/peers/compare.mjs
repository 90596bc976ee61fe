/**
 * Describes one program that runs the model in one way.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} ours
 * @property {"train" | "infer"} mode
 * @property {number} batch
 * @property {(calls: number) => Promise<readonly number[]>} time seconds of each call
 */

/**
 * Holds what a program came to.
 *
 * @typedef {object} Result
 * @property {string} name
 * @property {boolean} ours
 * @property {"train" | "infer"} mode
 * @property {number} batch
 * @property {{ median: number, best: number }} samplesPerSecond
 * @property {number} microsecondsPerCall in the middle
 */

/**
 * Holds how many times as fast one of ours was as a peer: of the medians of each round, the middle one.
 *
 * @typedef {{ ours: string, peer: string, mode: string, batch: number, ratio: number }} Ratio
 */

/**
 * Times programs in turn, round after round, so that other load meets all of them.
 *
 * @param {readonly Contender[]} contenders of one mode and batch
 * @param {{ rounds: number, calls: number }} options
 * @returns {Promise<{ results: Result[], ratios: Ratio[] }>}
 */
export async function compare(contenders, { calls, rounds }) {
  const times = contenders.map(() => /** @type {number[][]} */ ([]));
  for (const contender of contenders) await contender.time(calls);
  for (let round = 0; round < rounds; round++) {
    for (const [c, contender] of contenders.entries()) times[c].push([...(await contender.time(calls))]);
  }
  const results = contenders.map(({ batch, mode, name, ours }, c) => {
    const seconds = times[c].flat();
    const rate = { median: batch / median(seconds), best: batch / Math.min(...seconds) };
    return { name, ours, mode, batch, samplesPerSecond: rate, microsecondsPerCall: 1e6 * median(seconds) };
  });
  const ratios = contenders.flatMap((ours, c) =>
    contenders.flatMap((peer, p) => {
      if (!ours.ours || peer.ours) return [];
      const rounded = times[c].map((seconds, round) => median(times[p][round]) / median(seconds));
      const { batch, mode } = ours;
      return [{ ours: ours.name, peer: peer.name, mode, batch, ratio: median(rounded) }];
    }),
  );
  return { results, ratios };
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
