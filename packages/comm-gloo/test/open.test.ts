import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buildAddon } from "@dqrm/addon-build";
import type { Addon } from "../src/addon.ts";
import { gloo, glooOn } from "../src/gloo.ts";
import { glooRecipe, missingText } from "../src/node/recipe.ts";
import { addon, freePort, glooTest, placeOf, plugin } from "./gloo-under-test.ts";

const alone = { place: placeOf(0, 1, 29_500), timeoutMs: 500 };
const folder = mkdtempSync(join(tmpdir(), "dqrm-gloo-"));

describe("without an addon, open says", () => {
  test("how to build it", async () => {
    const opened = await glooOn({ binary: join(folder, "nowhere.node") }).open(alone);

    expect(opened).toEqual({ unavailable: "the gloo addon is not built: run npx dqrm-comm-gloo build" });
  });

  test("that the file is none", async () => {
    const binary = join(folder, "text.node");
    writeFileSync(binary, "no addon");

    const opened = await glooOn({ binary }).open(alone);

    expect(opened).toMatchObject({ unavailable: expect.stringContaining("does not load") as string });
  });
});

test("a build without gloo's headers says what to install", async () => {
  const built = await buildAddon({ ...glooRecipe("plain", undefined), headers: ["gloo/nowhere.h"] });

  expect(built).toMatchObject({
    unavailable: expect.stringMatching(/libgloo-dev|no C\+\+ compiler/) as string,
  });
});

test.each([
  ["linux", "install libgloo-dev (Debian, Ubuntu)"],
  ["darwin", "no package of gloo is known for macOS, on Debian it is libgloo-dev"],
  ["win32", "no package of gloo is known for Windows, on Debian it is libgloo-dev"],
])("what is missing on %s is named", (platform, text) => {
  expect(missingText(platform)).toBe(text);
});

test.each([
  ["a group of none", { rank: 0, size: 0 }, "place.size"],
  ["a group of too many", { rank: 0, size: 129 }, "place.size"],
  ["a rank outside the group", { rank: 2, size: 2 }, "place.rank"],
  ["no address", { rank: 1, size: 2, address: undefined }, "place.address"],
  ["no port", { rank: 1, size: 2, address: { host: "127.0.0.1", port: 0 } }, "place.address.port"],
])("%s is refused", async (_, change, what) => {
  const place = { ...placeOf(0, 2, 29_500), ...change };

  await expect(gloo.open({ place, timeoutMs: 500 })).rejects.toMatchObject({
    code: "VALUE",
    details: { what },
  });
});

glooTest("a process that is alone sends to itself", async () => {
  const end = await plugin.open(alone);

  if ("unavailable" in end) throw new Error(end.unavailable);
  await end.send(0, Uint8Array.of(4));
  expect([...(await end.receive(0))]).toEqual([4]);
  await end.close();
});

glooTest("an interface that the machine lacks is refused", async () => {
  const place = placeOf(1, 2, await freePort());
  const options = {
    networkInterface: "nowhere0",
    ...(process.env["DQRM_GLOO_BINARY"] && { binary: process.env["DQRM_GLOO_BINARY"] }),
  };
  const first = plugin
    .open({ place: { ...place, rank: 0 }, timeoutMs: 700 })
    .catch((error: unknown) => error);

  await expect(glooOn(options).open({ place, timeoutMs: 700 })).rejects.toMatchObject({
    code: "VALUE",
    details: { actual: "nowhere0" },
  });
  expect(await first).toMatchObject({ code: "PEER", details: { peer: 1 } });
});

glooTest("an open that is given up ends at once", async () => {
  const signal = new AbortController();
  const place = placeOf(0, 2, await freePort());
  const opened = plugin.open({ place, timeoutMs: 5_000, signal: signal.signal });

  signal.abort(new Error("enough"));

  await expect(opened).rejects.toMatchObject({ code: "STATE", cause: { message: "enough" } });
});

/** Reads functions of the addon as what they are to a caller who ignores types. */
function entryPoints({ addresses, close, connect, create, keepAlive, post }: Addon): readonly unknown[] {
  return [create, addresses, connect, post, keepAlive, close];
}

glooTest("no entry point of the addon throws or crashes on odd arguments", async () => {
  if ("unavailable" in addon) return;
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const odd = [
    undefined,
    null,
    1,
    "x",
    {},
    [],
    detached,
    new Float64Array(3),
    new SharedArrayBuffer(4),
    () => 1,
  ];

  for (const entry of entryPoints(addon)) {
    if (typeof entry !== "function") throw new Error("no function");
    for (const first of odd) {
      for (const second of odd) {
        const answer: unknown = Reflect.apply(entry, undefined, [first, second, first]);
        expect([false, "arguments of another kind"]).toContain(answer);
      }
    }
    expect([false, "arguments of another kind"]).toContain(Reflect.apply(entry, undefined, []));
  }
});

glooTest("detached, shared and other arrays are refused or sent, never misread", async () => {
  if ("unavailable" in addon) return;
  const events: number[] = [];
  const options = { rank: 0, size: 2, host: "127.0.0.1", networkInterface: "", timeoutMs: 200 };
  const group = addon.create(options, (kind) => events.push(kind));
  if (typeof group === "string") throw new Error(group);
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });

  expect(addon.post(group, 1, detached)).toBe(false);
  expect(addon.post(group, 1, new Uint8Array(4))).toBe(false);
  expect(addon.take(group, detached)).toBe(false);
  expect(addon.take(group, new Uint8Array(4))).toBe(false);
  expect(addon.connect(group, [new Uint8Array(0)])).toBe(false);
  expect(addon.connect(group, [new Uint8Array(0), detached])).toBe(false);
  expect(addon.connect(group, [new Uint8Array(0), new Uint8Array(2_000)])).toBe(false);
  expect(addon.connect(group, [new Uint8Array(0), new Uint8Array(5)])).toBe(true);

  await expect.poll(() => events).toEqual([3]);
  expect(addon.close(group)).toBe(true);
  await expect.poll(() => events).toEqual([3, 4]);
  addon.keepAlive(group, false);
});
