import { expect, test } from "vitest";
import { compare } from "../compare.mjs";
import { startTorch } from "../torch-peer.mjs";

/** @import { Contender } from "../compare.mjs" */

/**
 * A program whose calls take the given seconds, round after round; the first is its warm-up.
 *
 * @param {string} name
 * @param {readonly number[]} seconds
 * @param {string[]} log
 * @returns {Contender}
 */
function contender(name, seconds, log) {
  let round = 0;
  return {
    name,
    ours: name === "ours",
    mode: "infer",
    batch: 10,
    time: (calls) => {
      log.push(name);
      return Promise.resolve(Array.from({ length: calls }, () => seconds[round])).finally(() => round++);
    },
  };
}

test("programs are timed in turn, and compared round by round", async () => {
  const log = /** @type {string[]} */ ([]);
  const contenders = [contender("ours", [9, 1, 2, 1], log), contender("peer", [9, 2, 8, 3], log)];

  const { ratios, results } = await compare(contenders, { rounds: 3, calls: 2 });

  expect(log).toEqual(Array.from({ length: 4 }, () => ["ours", "peer"]).flat());
  expect(results.map(({ samplesPerSecond }) => samplesPerSecond)).toEqual([
    { median: 10, best: 10 },
    { median: 10 / 3, best: 5 },
  ]);
  // Of the ratios 2/1, 8/2 and 3/1 of the rounds, the middle one.
  expect(ratios).toEqual([{ ours: "ours", peer: "peer", mode: "infer", batch: 10, ratio: 3 }]);
});

test("a model that PyTorch cannot hold, or no PyTorch, is a reason and no failure", async () => {
  const shape = { dense: 1, rows: [-1], cols: 2, bottom: [1, 2], top: [3, 1], threads: 1 };

  expect(await startTorch(shape)).toMatch(
    /^no Python with PyTorch \(python3: .+; \/usr\/bin\/python3: .+\)$/,
  );
});
