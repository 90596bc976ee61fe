import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect } from "vitest";
import { freePort, glooTest } from "./gloo-under-test.ts";
import { isAlive, startWorkers, type Ended, type Worker } from "./worker-group.ts";

const TIMEOUT_MS = 2_000;
const FAULTY = 1;

let workers: readonly Worker[] = [];

afterEach(() => {
  for (const { child } of workers) if (isAlive(child)) child.kill("SIGKILL");
});

/** Lets three ranks train until one fails; gives how the others ended, and after how many milliseconds. */
async function survivors(fault: string): Promise<readonly (Ended & { readonly afterMs: number })[]> {
  const port = await freePort();
  workers = startWorkers({ size: 3, port, timeoutMs: TIMEOUT_MS, fault, faultRank: FAULTY });
  const faulty = workers[FAULTY];
  await Promise.all(workers.map(({ running }) => running));
  const isSignal = fault === "SIGKILL" || fault === "SIGSTOP";
  if (isSignal) faulty.child.kill(fault);
  const since = isSignal ? performance.now() : (await faulty.ended).at;
  const others = workers.filter((worker) => worker !== faulty);
  const ends = await Promise.all(others.map(({ ended }) => ended));
  return ends.map((end) => ({ ...end, afterMs: end.at - since }));
}

describe("when a rank fails, every survivor ends with one line that names it:", () => {
  for (const [fault, limitMs] of [
    ["SIGKILL", 1_000],
    ["SIGSTOP", TIMEOUT_MS + 1_000],
    ["throw", 1_000],
    ["exit", 1_000],
  ] as const) {
    glooTest(fault, async () => {
      const ends = await survivors(fault);

      for (const { afterMs, code, lines } of ends) {
        expect(lines).toEqual([expect.stringMatching(/^rank [012]: (?:send|receive): /)]);
        expect(code).toBe(75);
        expect(afterMs).toBeLessThan(limitMs);
      }
      // Who was a step ahead may hear first that another survivor has left.
      const named = ends.filter(({ lines: [line] }) => line.startsWith("rank 1: "));
      expect(named.length).toBeGreaterThanOrEqual(fault === "SIGSTOP" ? 1 : ends.length);
      if (fault === "SIGSTOP") workers[FAULTY].child.kill("SIGKILL");
      await wait(500);
      expect(workers.filter(({ child }) => isAlive(child))).toEqual([]);
    });
  }
});
