import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findCompiler } from "../scripts/compiler.mjs";
import { home, listUnits, run } from "../scripts/compile.mjs";
import { instructionSets } from "../scripts/instruction-sets.mjs";
import { thisPlatform } from "../scripts/platform.mjs";

const compiler = findCompiler();

/**
 * @param {readonly string[]} args
 * @param {string} [command] of the compiler
 */
function build(args, command) {
  const env = { ...process.env, ...(command === undefined ? {} : { CXX: command }) };
  return spawnSync(process.execPath, [join(home, "scripts", "build-native.mjs"), ...args], {
    env,
    encoding: "utf8",
  });
}

describe("without a compiler", () => {
  test("the build says so in one line, and is content", () => {
    const { status, stdout } = build([], "/nowhere/c++");

    expect(stdout).toBe("kernels-native: not built: there is no C++ compiler (CXX, c++, g++, clang++)\n");
    expect(status).toBe(0);
  });

  test("the build fails when it was required", () => {
    expect(build(["--require"], "/nowhere/c++").status).toBe(1);
  });
});

test("an unknown flag is refused", () => {
  expect(build(["--fast"])).toMatchObject({ status: 2, stdout: "" });
});

test.skipIf(compiler === undefined)(
  "the binary of this platform stands where the loader looks for it",
  () => {
    expect(existsSync(join(home, "build", thisPlatform().key, "dqrm.node"))).toBe(true);
  },
);

describe("what is linked", () => {
  const units = listUnits({ target: "x86_64-linux-gnu", folder: "objects", flags: [] });

  test("begins with what every processor runs; instruction sets follow, the oldest first", () => {
    const sets = units.map(({ flags }) => flags.find((flag) => flag.startsWith("-DDQRM_ISA="))?.slice(11));

    const known = instructionSets("x86_64-linux-gnu").map(({ name }) => name);
    expect(known).toEqual(["portable", "avx2", "avx512", "avx512bf16"]);
    const ranks = sets.map((name) => (name === undefined ? -1 : known.indexOf(name)));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(sets).size).toBe(5);
  });

  test("is compiled for other processors without their instruction sets", () => {
    expect(instructionSets("aarch64-linux-gnu").map(({ name }) => name)).toEqual(["portable"]);
    expect(instructionSets("arm64-apple-darwin23").map(({ name }) => name)).toEqual(["portable"]);
  });
});

describe("on ARM64", () => {
  const arm = findCompiler("aarch64-linux-gnu-g++");
  const emulator = spawnSync("qemu-aarch64", ["--version"]).status === 0;

  test.skipIf(arm === undefined || !emulator)(
    "NEON kernels agree with plain loops (needs aarch64-linux-gnu-g++ and qemu-aarch64)",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "dqrm-arm-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const program = join(folder, "self-check");
      const sources = ["native/isa/kernels.cc", "native/ops/scratch.cc", "test/native/self-check.cc"];
      const flags = ["-std=c++17", "-O1", "-static", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"];
      await run("aarch64-linux-gnu-g++", [
        ...flags,
        "-DDQRM_ISA=portable",
        ...sources.map((path) => join(home, path)),
        "-o",
        program,
      ]);

      const { status, stdout } = spawnSync("qemu-aarch64", [program], { encoding: "utf8" });

      expect(stdout).toBe("portable: 0 failures\n");
      expect(status).toBe(0);
    },
  );

  test.skipIf(arm === undefined)("the plans compile too (needs aarch64-linux-gnu-g++)", async () => {
    const flags = ["-std=c++17", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"];
    const plans = join(home, "native", "isa", "plans.cc");

    await run("aarch64-linux-gnu-g++", [...flags, "-DDQRM_ISA=portable", plans]);
  });
});
