import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  addonState,
  buildAddon,
  findCompiler,
  runAddonCommand,
  sanitizerEnvironment,
  type AddonRecipe,
} from "../src/node/index.ts";
import { runTool } from "../src/node/run-tool.ts";

const compiler = await findCompiler();

/** Exports a number, and reads beyond an allocation when it is called. */
const SOURCE = `
#include <node_api.h>
#include "answer.h"
static napi_value ReadBeyond(napi_env env, napi_callback_info) {
  volatile int* numbers = new int[4];
  napi_value result;
  napi_create_int32(env, numbers[4], &result);
  delete[] numbers;
  return result;
}
NAPI_MODULE_INIT() {
  napi_value answer, read;
  napi_create_int32(env, ANSWER, &answer);
  napi_set_named_property(env, exports, "answer", answer);
  napi_create_function(env, "readBeyond", NAPI_AUTO_LENGTH, ReadBeyond, nullptr, &read);
  napi_set_named_property(env, exports, "readBeyond", read);
  return exports;
}
`;

function recipe(changes: Partial<AddonRecipe> = {}): AddonRecipe {
  const home = mkdtempSync(join(tmpdir(), "dqrm-addon-"));
  onTestFinished(() => {
    rmSync(home, { recursive: true });
  });
  writeFileSync(join(home, "module.cc"), SOURCE);
  writeFileSync(join(home, "answer.h"), "#define ANSWER 42\n");
  return {
    name: "answer",
    home,
    sources: ["module.cc"],
    headers: [],
    missing: "install libanswer-dev (Debian)",
    compileFlags: [],
    linkFlags: [],
    output: join("build", "answer.node"),
    variant: "plain",
    ...changes,
  };
}

describe("where it cannot be built", () => {
  test("the missing compiler is named, with what to install", async () => {
    expect(await buildAddon(recipe({ compiler: "/nowhere/c++" }))).toEqual({
      unavailable: "answer: there is no C++ compiler (tried /nowhere/c++); install g++ or clang",
    });
  });

  test.skipIf(compiler === undefined)("the missing header is named, with what to install", async () => {
    const addon = await buildAddon(recipe({ headers: ["answer-of-the-system.h"] }));

    expect("unavailable" in addon && addon.unavailable).toMatch(
      /^answer: \S+ cannot include answer-of-the-system\.h; install libanswer-dev \(Debian\)$/,
    );
  });

  test("the command fails, unless it was asked to build only if that is possible", async () => {
    const unbuildable = recipe({ compiler: "/nowhere/c++" });
    const lines: string[] = [];
    const command = (...args: string[]): Promise<number> =>
      runAddonCommand({
        command: "answer",
        args,
        recipe: async () => unbuildable,
        print: (line) => lines.push(line),
      });

    expect(await command("build")).toBe(1);
    expect(await command("build", "--if-possible")).toBe(0);
    expect(await command("status")).toBe(1);
    expect(await command("build", "--fast")).toBe(2);
    expect(await command()).toBe(2);

    expect(lines[0]).toMatch(/^not built: answer: there is no C\+\+ compiler/);
    expect(lines[2]).toMatch(/^answer: not built: /);
    expect(lines[3]).toMatch(/^usage: answer build/);
  });
});

describe.skipIf(compiler === undefined)("with a compiler", () => {
  let built: AddonRecipe;

  beforeEach(() => {
    built = recipe();
  });

  test("the addon is built, loads, and is not built again until a header changes", async () => {
    expect(await addonState(built)).toMatchObject({ built: false, upToDate: false });

    const first = await buildAddon(built);
    const record = readFileSync(join(built.home, "build", "answer.node.made-of"), "utf8");
    expect(await addonState(built)).toMatchObject({ built: true, upToDate: true });
    expect(await buildAddon(built)).toEqual(first);
    writeFileSync(join(built.home, "answer.h"), "#define ANSWER 43\n");
    expect(await addonState(built)).toMatchObject({ built: true, upToDate: false });
    await buildAddon(built);

    const path = join(built.home, "build", "answer.node");
    expect(readFileSync(`${path}.made-of`, "utf8")).not.toBe(record);
    const addon: unknown = createRequire(import.meta.url)(path);
    expect(addon).toMatchObject({ answer: 43 });
  });

  test("a mistake in the sources is told in the compiler's words, and nothing is left behind", async () => {
    writeFileSync(join(built.home, "module.cc"), "int main( { }");

    await expect(buildAddon(built)).rejects.toThrow(/module\.cc:1:\d+: error/);

    expect(existsSync(join(built.home, "build", "answer.node"))).toBe(false);
  });

  test("the sanitized variant ends the process that reads beyond an allocation", async ({ skip }) => {
    const environment = await sanitizerEnvironment(compiler!);
    if (environment === undefined) skip("the compiler has no AddressSanitizer");
    const addon = await buildAddon({ ...built, variant: "sanitized" });
    const path = "path" in addon ? addon.path : "";

    const variables = Object.entries(environment!).map(([name, value]) => `${name}=${value}`);
    const program = `require(${JSON.stringify(path)}).readBeyond()`;
    const { code, output } = await runTool("env", [...variables, process.execPath, "-e", program]);

    expect(output).toMatch(/heap-buffer-overflow|runtime error/);
    expect(code).not.toBe(0);
  });
});
