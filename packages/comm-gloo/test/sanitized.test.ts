import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAddon, findCompiler, runTool, sanitizerEnvironment } from "@dqrm/addon-build";
import { expect } from "vitest";
import { glooRecipe } from "../src/node/recipe.ts";
import { glooTest } from "./gloo-under-test.ts";

const home = fileURLToPath(new URL("..", import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

/** Processes that are killed, and threads of other programs, are not what the sanitizers are asked about. */
const TESTS = ["test/kit.test.ts", "test/open.test.ts", "test/traffic.test.ts"];

glooTest(
  "the addon passes its tests under AddressSanitizer and UBSan",
  async () => {
    const compiler = await findCompiler();
    const variables = compiler && (await sanitizerEnvironment(compiler));
    const addon = await buildAddon(glooRecipe("sanitized", undefined));
    if (variables === undefined || "unavailable" in addon) throw new Error("no sanitizer in this compiler");
    expect(existsSync(addon.path)).toBe(true);
    const settings = Object.entries({ ...variables, DQRM_GLOO_BINARY: addon.path }).map(
      ([k, v]) => `${k}=${v}`,
    );

    const args = [...settings, process.execPath, vitest, "run", "--root", home, "--reporter=json", ...TESTS];
    const { code, output } = await runTool("env", args);

    expect(output).not.toMatch(/AddressSanitizer|runtime error/);
    expect(output).toContain('"numFailedTests":0');
    expect(code).toBe(0);
  },
  180_000,
);
