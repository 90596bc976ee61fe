import { expect, test } from "vitest";
import { compileExample } from "../compile-example.mjs";
import { extractExamples } from "../extract-examples.mjs";
import { isSameValue } from "../same-value.mjs";

/** @param {string} code */
function observe(code) {
  const seen = /** @type {unknown[]} */ ([]);
  globalThis.$at = () => undefined;
  globalThis.$expect = (line, actual, expected) => seen.push([line, isSameValue(actual, expected)]);
  new Function(compileExample(code).javascript)();
  return seen;
}

test("a fence in a doc comment is found with its line and without its stars", () => {
  const text =
    "/**\n * Adds.\n *\n * ```ts doctest\n * add(1, 2); // => 3\n * ```\n */\nexport function add() {}";

  expect(extractExamples("a.ts", text)).toEqual([{ file: "a.ts", line: 5, code: "add(1, 2); // => 3" }]);
});

test("a fence in Markdown keeps its indentation, and other fences are left alone", () => {
  const text = "```ts\nno();\n```\n\n```ts doctest\nif (true) {\n  * 1;\n}\n```\n";

  expect(extractExamples("a.md", text)).toEqual([{ file: "a.md", line: 6, code: "if (true) {\n  * 1;\n}" }]);
});

test("a fence that is never closed is an error", () => {
  expect(() => extractExamples("a.md", "```ts doctest\n1;")).toThrow("a.md:1: the example is never closed");
});

test("a right and a wrong value are told apart", () => {
  expect(observe("1 + 1; // => 2\n1 + 1; // => 3")).toEqual([
    [0, true],
    [1, false],
  ]);
});

test("the value may stand on the next line, over several, and beside a constant", () => {
  const code = "[1,\n  2];\n// => [1,\n//  2]\nconst three = 3; // => 3\n({ a: 1 }); // => { a: 1 }";

  expect(observe(code)).toEqual([
    [0, true],
    [4, true],
    [5, true],
  ]);
});

test("an expectation without an expression is an error", () => {
  expect(() => compileExample("// => 3")).toThrow("follows no expression");
});

test("an expectation that is not a value is an error", () => {
  expect(() => compileExample("f(); // => about three")).toThrow("not a value: about three");
});

test("typed arrays equal plain arrays of the same numbers, at any depth", () => {
  expect(isSameValue({ codes: new Uint8Array([1, 2]) }, { codes: [1, 2] })).toBe(true);
  expect(isSameValue(new Float32Array([1]), [2])).toBe(false);
});
