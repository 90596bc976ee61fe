import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createHugeArena } from "../src/arena.ts";
import type { Addon } from "../src/addon.ts";
import { platformKey } from "../src/node/platform.ts";
import { loadUnderTest } from "./native-under-test.ts";

const binary =
  process.env["DQRM_NATIVE_BINARY"] ??
  fileURLToPath(new URL(`../build/${platformKey()}/dqrm.node`, import.meta.url));

/** Prints how many kilobytes of the process's memory ask for huge pages, before and after advice on 64 MiB. */
const PROGRAM = `
  const { readFileSync } = require("node:fs");
  const addon = require(process.argv[1]);
  const asked = () => {
    let kilobytes = 0;
    let size = 0;
    for (const line of readFileSync("/proc/self/smaps", "utf8").split("\\n")) {
      const [, found] = /^Size: +(\\d+) kB/.exec(line) ?? [];
      if (found !== undefined) size = Number(found);
      if (/^VmFlags:.* hg( |$)/.test(line)) kilobytes += size;
    }
    return kilobytes;
  };
  const bytes = new Uint8Array(64 << 20);
  const before = asked();
  const advised = addon.adviseHuge(bytes);
  console.log(JSON.stringify({ advised, grown: asked() - before }));
`;

/** Only whole huge pages, of 2 MiB, are asked for: either end may miss one. */
const ENDS_KILOBYTES = 2 * 2048;

const hugePages = existsSync("/sys/kernel/mm/transparent_hugepage/enabled") && existsSync("/proc/self/smaps");

test("an arena asks for huge pages once for each of its segments", () => {
  const segments: ArrayBufferLike[] = [];
  const addon: Pick<Addon, "adviseHuge"> = {
    adviseHuge(bytes) {
      expect(bytes.byteLength).toBe(bytes.buffer.byteLength);
      return segments.push(bytes.buffer) > 0;
    },
  };

  const arena = createHugeArena(addon, 1024);
  const views = [arena.uint8(3), arena.float32(16), arena.int32(5), arena.float32(4096)];

  expect(segments).toEqual([...new Set(views.map((view) => view.buffer))]);
  expect(segments.length).toBe(2);
});

test.skipIf("unavailable" in (await loadUnderTest({ threads: 1 })) || !hugePages)(
  "the system hears of the memory that asks for huge pages",
  () => {
    const printed = execFileSync(process.execPath, ["-e", PROGRAM, binary], { encoding: "utf8" });

    const { advised, grown } = JSON.parse(printed) as { advised: boolean; grown: number };
    if (advised) expect(grown).toBeGreaterThanOrEqual((64 << 10) - ENDS_KILOBYTES);
    else expect(grown).toBe(0);
  },
);
