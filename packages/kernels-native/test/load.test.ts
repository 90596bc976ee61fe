import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DqrmError, KERNEL_ABI, loadKernels, reference } from "@dqrm/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { nativeKernels } from "../src/index.ts";
import { load } from "../src/load.ts";
import { platformKey } from "../src/node/platform.ts";
import { backendUnderTest, ISAS, loadUnderTest } from "./native-under-test.ts";

test("the card says its name and ABI, and loads nothing", () => {
  expect(nativeKernels).toMatchObject({ name: "native", abi: KERNEL_ABI });
});

test("a binary that is not there makes a reason that names it and the platform", async () => {
  const loaded = await load({ binary: "/nowhere/dqrm.node" });

  const reason = /^no binary for \w+-\w+.*; tried \/nowhere\/dqrm\.node \(not found\)$/;
  expect(loaded).toHaveProperty("unavailable", expect.stringMatching(reason));
});

test("a file that is no binary makes a reason, not an exception", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dqrm-native-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "dqrm.node"), "no binary");
  writeFileSync(join(folder, "dqrm.cjs"), "exports.interfaceNumber = 0;");

  const broken = await load({ binary: join(folder, "dqrm.node") });
  const old = await load({ binary: join(folder, "dqrm.cjs") });

  expect(broken).toHaveProperty("unavailable");
  expect(old).toHaveProperty("unavailable", expect.stringContaining("dqrm.cjs (of another version)"));
});

test.for([0, -1, 1.5, Number.NaN])("%d threads are refused", async (threads) => {
  await expect(load({ threads })).rejects.toThrow(DqrmError);
});

test("without a binary the plugin is skipped with its reason", async () => {
  const plugin = { ...nativeKernels, load: () => load({ binary: "/nowhere/dqrm.node" }) };

  const { kernels, skipped } = await loadKernels([plugin], reference);

  expect(skipped.get("native")).toContain("/nowhere/dqrm.node");
  expect(kernels.backends).toEqual([reference]);
});

const built = fileURLToPath(new URL(`../build/${platformKey()}/dqrm.node`, import.meta.url));

test.skipIf(!existsSync(built))("a binary that was built here loads", async () => {
  expect(await load({ binary: built, threads: 1 })).not.toHaveProperty("unavailable");
});

const loaded = await loadUnderTest({ threads: 2 });

describe.skipIf("unavailable" in loaded)("where there is a binary", () => {
  test("the widest instruction set of the processor is chosen", async () => {
    const available = await Promise.all(ISAS.map((isa) => loadUnderTest({ isa, threads: 1 })));

    const widest = ISAS.find((_, i) => !("unavailable" in available[i]));

    expect((await backendUnderTest()).machine?.isa).toBe(widest);
  });

  test("an instruction set that nobody has makes a reason that lists those there are", async () => {
    const reason = /^no kernels for mmx on this processor, which has .*portable$/;
    expect(await loadUnderTest({ isa: "mmx" })).toHaveProperty("unavailable", expect.stringMatching(reason));
  });

  test("the machine says its threads and measures its limits", async () => {
    const { machine } = await backendUnderTest({ threads: 2 });

    expect(machine?.threads).toBe(2);
    expect(machine?.fmaGigaflops(1)).toBeGreaterThan(0);
    expect(machine?.readGigabytes(1)).toBeGreaterThan(0);
    expect(machine?.barrierNanoseconds?.(2)).toBeGreaterThan(0);
    expect(machine?.barrierNanoseconds?.(1)).toBe(0);
  });

  test("an arena gives aligned zeros", async () => {
    const backend = await backendUnderTest({ threads: 1 });

    const arena = backend.createArena?.(8 << 20);
    const views = [arena?.uint8(3), arena?.float32(16), arena?.int32(5), arena?.float32(16 << 20)];

    expect(views.map((view) => view!.byteOffset % 64)).toEqual([0, 0, 0, 0]);
    expect(views.every((view) => view!.every((x) => x === 0))).toBe(true);
    expect(arena?.usedBytes).toBe(64 + 64 + 64 + (64 << 20));
  });
});
