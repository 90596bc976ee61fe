import { createServer } from "node:net";
import type { GroupPlace, Transport } from "@dqrm/comm";
import type { ConformanceCase } from "@dqrm/comm/conformance";
import { test } from "vitest";
import { glooOn } from "../src/gloo.ts";
import { findAddon } from "../src/node/find-addon.ts";

/** The addon with sanitizers, when these tests are run under them. */
export const binary: string | undefined = process.env["DQRM_GLOO_BINARY"];

export const addon = findAddon(binary);

/** Why tests over gloo cannot run here; false where they can. */
export const noGloo: string | false = "unavailable" in addon ? addon.unavailable : false;

/** A test over gloo; its name says why it is skipped. */
export function glooTest(name: string, run: () => Promise<void>, limitMs = 60_000): void {
  test.skipIf(noGloo !== false)(noGloo === false ? name : `${name} (${noGloo})`, run, limitMs);
}

export const plugin = glooOn(binary === undefined ? {} : { binary });

/** Finds a port that nobody listens at. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** Makes the place of a rank on this machine. */
export function placeOf(rank: number, size: number, port: number): GroupPlace {
  return { rank, size, localRank: rank, address: { host: "127.0.0.1", port }, launcher: "a test" };
}

/** Opens all ends of a group in this process. */
export async function openInProcess(size: number): Promise<readonly Transport[]> {
  const port = await freePort();
  const ranks = [...Array(size).keys()];
  return Promise.all(
    ranks.map(async (rank) => {
      const end = await plugin.open({ place: placeOf(rank, size, port), timeoutMs: 10_000 });
      if ("unavailable" in end) throw new Error(end.unavailable);
      return end;
    }),
  );
}

/** Binds the cases of a kit to vitest. */
export function runKit(cases: Iterable<ConformanceCase>): void {
  for (const { name, run } of cases)
    glooTest(name, async () => {
      await run();
    });
}
