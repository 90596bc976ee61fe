import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findFloorViolations } from "../floors.mjs";

let base = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dqrm-floors-"));
});

afterEach(() => rmSync(base, { recursive: true }));

/**
 * @param {string} path
 * @param {string} text
 */
function put(path, text) {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
}

/**
 * @param {string} name
 * @param {number} floor
 * @param {readonly string[]} dependencies
 * @param {Record<string, string>} files
 */
function putPackage(name, floor, dependencies, files) {
  const manifest = {
    name: `@dqrm/${name}`,
    dqrm: { floor },
    exports: {},
    dependencies: Object.fromEntries(dependencies.map((item) => [item, "0.0.0"])),
  };
  put(`packages/${name}/package.json`, JSON.stringify(manifest));
  for (const [path, text] of Object.entries({ "src/index.ts": "export {};", ...files }))
    put(`packages/${name}/${path}`, text);
}

test("a downward import of a declared package is fine", () => {
  putPackage("core", 0, [], {});
  putPackage("quant", 2, ["@dqrm/core"], { "src/a.ts": 'import { x } from "@dqrm/core";' });

  expect(findFloorViolations(base)).toEqual([]);
});

test("an upward import is found, in the manifest and in the source", () => {
  putPackage("core", 0, ["@dqrm/comm"], { "src/a.ts": 'import type { Codec } from "@dqrm/comm";' });
  putPackage("comm", 3, ["@dqrm/core"], {});

  expect(findFloorViolations(base)).toEqual([
    "packages/core/package.json: floor 0 may not depend on @dqrm/comm (floor 3)",
    "packages/core/src/a.ts: floor 0 may not import @dqrm/comm (floor 3)",
  ]);
});

test("an import of a neighbour on the same floor is found", () => {
  putPackage("comm", 3, ["@dqrm/embedding"], { "src/a.ts": 'export { x } from "@dqrm/embedding/node";' });
  putPackage("embedding", 3, [], {});

  expect(findFloorViolations(base)).toHaveLength(2);
});

test("an undeclared import is found, a dynamic one too", () => {
  putPackage("core", 0, [], {});
  putPackage("quant", 2, [], {
    "src/a.ts": 'await import("@dqrm/core/conformance");',
    "src/b.ts": 'import "left-pad";',
  });

  expect(findFloorViolations(base)).toEqual([
    "packages/quant/src/a.ts: imports @dqrm/core, which its package.json does not declare",
    "packages/quant/src/b.ts: imports left-pad, which its package.json does not declare",
  ]);
});

test("a package that imports itself by name is found, but not in its examples", () => {
  putPackage("core", 0, [], {
    "src/a.ts": '/** import { x } from "@dqrm/core"; */\nimport { x } from "@dqrm/core";',
    "src/b.ts": '/** import { x } from "@dqrm/core"; */',
  });

  expect(findFloorViolations(base)).toEqual([
    "packages/core/src/a.ts: imports its own package by name (@dqrm/core); import by relative path",
  ]);
});

test("Node is imported below src/node only, and nothing pure reaches in there", () => {
  putPackage("core", 0, [], {
    "src/node/file.ts": 'import { open } from "node:fs/promises";',
    "src/a.ts": 'import { open } from "node:fs/promises";',
    "src/b.ts": 'import { read } from "./node/file.ts";',
    "src/c.ts": 'const { read } = await import("./node/file.ts");',
  });

  expect(findFloorViolations(base)).toEqual([
    "packages/core/src/a.ts: imports node:fs/promises; only src/node/ and src/bin/ may need Node",
    "packages/core/src/b.ts: imports ./node/file.ts; a pure module may not reach into node/",
  ]);
});
