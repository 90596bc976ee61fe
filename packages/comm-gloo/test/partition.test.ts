import { afterEach, describe, expect, test } from "vitest";
import { namespacesObstacle, withNamespaces } from "../src/namespaces.ts";
import { noGloo } from "./gloo-under-test.ts";
import { isAlive, startWorkers, type Worker } from "./worker-group.ts";

const obstacle = noGloo === false ? namespacesObstacle() : noGloo;
const TIMEOUT_MS = 2_000;

let workers: readonly Worker[] = [];

afterEach(() => {
  for (const { child } of workers) if (isAlive(child)) child.kill("SIGKILL");
});

const reason = obstacle === undefined ? "" : ` (${obstacle})`;

describe.skipIf(obstacle !== undefined)(`over 100 Mbit between machines${reason}`, () => {
  for (const size of [2, 4]) {
    test(`${size} ranks end with one line each when the link of rank 1 breaks`, async () => {
      await withNamespaces({ nodes: size, rateMbit: 100 }, async ({ nodes, setLink }) => {
        workers = startWorkers({
          size,
          host: nodes[0].address,
          port: 29_500,
          timeoutMs: TIMEOUT_MS,
          prefix: (rank) => nodes[rank].command,
        });
        await Promise.all(workers.map(({ running }) => running));

        const since = performance.now();
        setLink(1, false);

        const ends = await Promise.all(workers.map(({ ended }) => ended));
        for (const [rank, { at, code, lines }] of ends.entries()) {
          expect(lines).toEqual([expect.stringMatching(/^rank \d: (?:send|receive): /)]);
          if (rank !== 1) expect(lines[0]).toMatch(size === 2 ? /^rank 1: / : /^rank \d: /);
          expect(code).toBe(75);
          expect(at - since).toBeLessThan(TIMEOUT_MS + 1_000);
        }
      });
    });
  }
});
