import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkClaims, testTitles } from "../check-claims.mjs";
import { parseCsv } from "../parse-csv.mjs";
import { COLUMNS, readClaims } from "../read-claims.mjs";
import { renderPage } from "../render-claims.mjs";

let base = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dqrm-claims-"));
  put("packages/dqrm/src/cli/add-experiment.ts", '.option("--data <address>", "where")');
  put("packages/core/src/scale.ts", "");
  put("docs/results/bits.md", "");
  put("packages/core/test/scale.test.ts", 'test("covers the largest weight", () => {});');
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

/** A claim that leads everywhere. */
const WHOLE = {
  id: "bits-int4",
  place: "Table 2",
  claim: "INT4 tables",
  paper: "0.8073",
  code: "packages/core/src/scale.ts",
  tests: "packages/core/test/scale.test.ts > covers the largest weight",
  command: "dqrm experiment table1",
  "with data": "dqrm experiment table1 --data train.txt",
  result: "0.75",
  evidence: "docs/results/bits.md",
};

/** @param {...Partial<Record<keyof typeof WHOLE, string>>} changes one record each */
function findings(...changes) {
  const records = changes.map((change) => {
    const whole = /** @type {Record<string, string>} */ ({ ...WHOLE, ...change });
    return COLUMNS.map((column) => `"${whole[column]}"`).join(",");
  });
  return checkClaims(base, readClaims([COLUMNS.join(), ...records].join("\n")), ["table1"]);
}

test("a claim that leads to code, a test, a command and a page is fine", () => {
  expect(findings({})).toEqual([]);
});

test.each([
  [{ code: "packages/core/src/gone.ts" }, "packages/core/src/gone.ts does not exist"],
  [{ tests: "packages/core/test/gone.test.ts > x" }, "packages/core/test/gone.test.ts does not exist"],
  [
    { tests: "packages/core/test/scale.test.ts > covers the weight" },
    'packages/core/test/scale.test.ts has no test called "covers the weight"',
  ],
  [
    { tests: "packages/core/test/scale.test.ts" },
    'packages/core/test/scale.test.ts: expected "file > name of a test"',
  ],
  [{ command: "dqrm experiment table9" }, "dqrm knows no experiment table9"],
  [{ "with data": "dqrm experiment table9 --data x" }, "dqrm knows no experiment table9"],
  [{ command: "dqrm experiment table1 --dat x" }, "no command of dqrm has a flag --dat"],
  [{ command: "dqrm guess" }, "dqrm has no command guess"],
  [{ command: "python run.py" }, '"python run.py" is no command of dqrm, npm or node'],
  [{ evidence: "docs/results/gone.md#head" }, "docs/results/gone.md does not exist"],
  [{ tests: "", evidence: "" }, "a result needs evidence or a test"],
  [{ code: "" }, "a result needs code"],
  [{ result: "" }, "the result is empty"],
  [{ result: "not measured yet", command: "" }, "what is to be measured needs a command"],
  [{ result: "needs the data", "with data": "" }, "needs a command for whoever holds the data"],
  [{ id: "Bits" }, "an id is small letters and digits joined by hyphens"],
  [{ claim: "" }, "place and claim must say something"],
])("%j is found", (change, finding) => {
  const id = "id" in change ? change.id : WHOLE.id;

  expect(findings(change)).toEqual([`line 2, ${id}: ${finding}`]);
});

test("an id that stands twice is found at its second place", () => {
  expect(findings({}, {})).toEqual(["line 3, bits-int4: the id stands twice"]);
});

test("what is not built yet needs neither code nor command", () => {
  expect(
    findings({ result: "not built yet", code: "", tests: "", command: "", "with data": "", evidence: "" }),
  ).toEqual([]);
});

test("titles are those of tests, suites and tables of cases, in any quotes", () => {
  const source = [
    'describe("a", () => {',
    "  it('b \"c\"', () => {});",
    '  test.each([1, 2])("d %i", () => {});',
    '  test.each([\n    ["x", 1],\n  ])("e %s", () => {});',
    '  it.each([1] as const)("f %s", () => {});',
    "  test.skipIf(!built)(`g`, () => {});",
    '  test(\n    "h",\n    () => {},\n  );',
    '  call("not a title");',
  ].join("\n");

  expect([...testTitles(source)].sort()).toEqual(["a", 'b "c"', "d %i", "e %s", "f %s", "g", "h"]);
});

test("fields in quotes may hold commas and quotes", () => {
  expect(parseCsv('a,"b, ""c""",\n\n"",d,e\r\n').map(({ fields, line }) => [line, fields])).toEqual([
    [1, ["a", 'b, "c"', ""]],
    [3, ["", "d", "e"]],
  ]);
});

test.each(['a"b', '"a', '"a"b'])("the record %s is refused with its line", (record) => {
  expect(() => parseCsv(`x\n${record}`)).toThrow("line 2");
});

test("a file with other columns or too few fields is refused with its line", () => {
  expect(() => readClaims("id,claim\na,b")).toThrow("line 1");
  expect(() => readClaims(`${COLUMNS.join()}\na,b`)).toThrow("line 2");
});

test("the page keeps what stands around the generated part, which counts and links", () => {
  const claims = readClaims(
    [COLUMNS.join(), COLUMNS.map((column) => WHOLE[column]).join(), `x,Table 9,a|b,,,,,,not built yet,`].join(
      "\n",
    ),
  );

  const page = renderPage(
    "# Title\n\n<!-- prettier-ignore-start -->\nold\n<!-- prettier-ignore-end -->\nend\n",
    claims,
  );

  expect(page).toContain("# Title");
  expect(page.endsWith("<!-- prettier-ignore-end -->\nend\n")).toBe(true);
  expect(page).not.toContain("old");
  expect(page).toContain("2 claims: 1 answered, 1 not built yet.");
  expect(page).toContain("[scale.ts](../../packages/core/src/scale.ts)");
  expect(page).toContain("0.75 ([more](../results/bits.md))");
  expect(page).toContain("a\\|b");
});

test("a page without the marks is refused", () => {
  expect(() => renderPage("# Title", [])).toThrow("expected");
});
