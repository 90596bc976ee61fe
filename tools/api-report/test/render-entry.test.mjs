import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderEntry } from "../render-entry.mjs";

let base = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dqrm-api-"));
});

afterEach(() => rmSync(base, { recursive: true }));

/**
 * @param {Record<string, string>} files below packages/, the first is the entry
 * @param {string} [main] the main entry, when the first is another one
 */
function render(files, main) {
  const paths = Object.entries(files).map(([name, text]) => {
    const path = join(base, "packages", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  const entry = paths[0] ?? "";
  const program = ts.createProgram(paths, { module: ts.ModuleKind.NodeNext, noEmit: true });
  const others = main === undefined ? {} : { main: join(base, "packages", main) };
  return renderEntry(program, { entry, specifier: "@dqrm/trial", ...others });
}

test("exports come sorted, without comments, whatever file declares them", () => {
  const text = render({
    "trial/dist/index.d.ts": 'export { b } from "./b.js";\nexport { a } from "./a.js";\n',
    "trial/dist/a.d.ts": "/** Adds. */\nexport declare function a(x: number): number;\n",
    "trial/dist/b.d.ts": "export declare const b = 3;\n",
  });

  expect(text.split("\n\n").slice(1)).toEqual([
    "export declare function a(x: number): number;",
    "export declare const b = 3;\n",
  ]);
});

test("what exports refer to without exporting it is listed apart", () => {
  const text = render({
    "trial/dist/index.d.ts": 'import type { Hidden } from "./hidden.js";\nexport declare const a: Hidden;\n',
    "trial/dist/hidden.d.ts":
      "export interface Hidden {\n  readonly deep: Deeper;\n}\nexport type Deeper = 1;\n",
  });

  expect(text).toContain("// Referred to above, but not exported.\n\ntype Deeper = 1;\n\ninterface Hidden {");
});

test("types of other packages are named as imports", () => {
  const text = render({
    "trial/dist/index.d.ts":
      'import type { Jagged } from "../../core/dist/index.js";\nexport declare const a: Jagged;\n',
    "core/dist/index.d.ts": "export interface Jagged {\n  readonly rows: number;\n}\n",
  });

  expect(text).toContain('import type { Jagged } from "@dqrm/core";');
  expect(text).not.toContain("interface Jagged");
});

test("another entry refers to what the main one exports", () => {
  const text = render(
    {
      "trial/dist/node.d.ts":
        'import type { Table } from "./index.js";\nexport declare function open(): Table;\n',
      "trial/dist/index.d.ts": "export interface Table {\n  readonly rows: number;\n}\n",
    },
    "trial/dist/index.d.ts",
  );

  expect(text).toContain('import type { Table } from "@dqrm/trial";');
  expect(text).not.toContain("interface Table");
});
