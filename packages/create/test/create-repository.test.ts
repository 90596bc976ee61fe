import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRepository } from "../src/create-repository.ts";
import { spellName } from "../src/plugin-name.ts";
import { templateValues } from "../src/template-values.ts";

const template = fileURLToPath(new URL("../templates/kernel", import.meta.url));
const name = { packageName: "@acme/fast", kebab: "fast", camel: "fast" };
let base = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dqrm-create-"));
});

afterEach(() => rmSync(base, { recursive: true }));

test("a new repository takes the packages of its release and later ones of the same major", () => {
  const folder = join(base, "fast");

  createRepository(template, folder, templateValues(name, "0.3.1"));

  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "@acme/fast", peerDependencies: { "@dqrm/core": ">=0.3.1 <1" } });
});

test.each(["kernel", "codec"])("no file of a new %s has a gap left", (kind) => {
  const folder = join(base, "fast");
  const template = fileURLToPath(new URL(`../templates/${kind}`, import.meta.url));

  const files = createRepository(template, folder, templateValues(name, "1.0.0"));

  expect(files).toContain("test/conformance.test.js");
  for (const file of files) expect(readFileSync(join(folder, file), "utf8")).not.toContain("{{");
});

test("a folder that holds something is refused and stays as it was", () => {
  writeFileSync(join(base, "README.md"), "mine");

  expect(() => createRepository(template, base, templateValues(name, "1.0.0"))).toThrow("is there already");
  expect(readFileSync(join(base, "README.md"), "utf8")).toBe("mine");
});

test("a value that a template lacks is an error, not an empty word", () => {
  expect(() => createRepository(template, join(base, "x"), {})).toThrow("the template asks for");
});

test("a name may have a scope, and is spelled for identifiers", () => {
  expect(spellName("@acme/my-kernels")).toEqual({
    packageName: "@acme/my-kernels",
    kebab: "my-kernels",
    camel: "myKernels",
  });
});

test.each(["", "My-Kernels", "../up", "a b", "@acme/", "1st"])("%j is no name", (wrong) => {
  expect(spellName(wrong)).toBeUndefined();
});
