import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { csvRowsSource, inferSchema, MAX_LINE_BYTES, parseSchema, type DatasetSchema } from "@dqrm/data";
import { textInput } from "./byte-input.ts";
import { messageOf, readRows } from "./read-rows.ts";

const schema: DatasetSchema = {
  version: 1,
  format: { kind: "csv", delimiter: "," },
  labels: "binary",
  missing: ["NA"],
  columns: [
    { name: "", kind: "ignored" },
    { name: "click", kind: "label" },
    { name: "shop", kind: "categorical" },
    { name: "price", kind: "numeric" },
    { name: "tags", kind: "multi", separator: "|" },
  ],
};
const header = ",click,shop,price,tags\n";

describe("csvRowsSource", () => {
  test.each([1, 5, 4096])(
    "reads quotes, doubled quotes, line ends and UTF-8 in pieces of %i bytes",
    async (pieceBytes) => {
      const text = `\ufeff${header}0,1,"a ""b"", c\nd",2.5,x|y\r\n1,0,größe,-1e3,\r\n2,0,NA,NA,y`;

      const rows = await readRows(csvRowsSource([textInput("log.csv", text, pieceBytes)], schema));

      expect(rows.map(({ file: _file, ...row }) => row)).toEqual([
        { line: 2, label: 1, numeric: [2.5], categories: ['a "b", c\nd', ["x", "y"]] },
        { line: 4, label: 0, numeric: [-1000], categories: ["größe", []] },
        { line: 5, label: 0, numeric: [Number.NaN], categories: ["", ["y"]] },
      ]);
    },
  );

  test("columns may stand in another order and unused ones may be absent", async () => {
    const rows = await readRows(csvRowsSource([textInput("a", "tags,price,shop,click\nx,1,s,1\n")], schema));

    expect(rows[0]).toMatchObject({ label: 1, numeric: [1], categories: ["s", ["x"]] });
  });

  test("a file to predict needs no label", async () => {
    const text = "tags,price,shop\nx,1,s\n";

    const rows = await readRows(csvRowsSource([textInput("a", text)], schema, { labels: "detect" }));

    expect(rows[0].label).toBe(0);
    expect(await messageOf(readRows(csvRowsSource([textInput("a", text)], schema)))).toBe(
      'a:1: found none, expected a label column named "click"',
    );
  });

  test("any table of texts comes back as it was written", async () => {
    const texts = fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string()), {
      minLength: 1,
      maxLength: 20,
    });
    const plain: DatasetSchema = {
      ...schema,
      missing: [],
      columns: [
        { name: "y", kind: "label" },
        { name: "a", kind: "categorical" },
        { name: "b", kind: "categorical" },
      ],
    };
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 50 }), async (table, pieceBytes) => {
        const text = `y,a,b\n${table.map(([a, b]) => `1,${quote(a)},${quote(b)}\r\n`).join("")}`;

        const rows = await readRows(csvRowsSource([textInput("t", text, pieceBytes)], plain));

        expect(rows.map(({ categories }) => categories)).toEqual(table);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

const bad: readonly (readonly [what: string, text: string, message: string])[] = [
  ["a label that is no number", `${header}0,yes,s,1,\n`, 'a:2:2: found "yes", expected a label, 0 or 1'],
  ["a label between 0 and 1", `${header}0,0.5,s,1,\n`, 'a:2:2: found "0.5", expected a label, 0 or 1'],
  ["an empty label", `${header}0,,s,1,\n`, 'a:2:2: found "", expected a label, 0 or 1'],
  ["NaN", `${header}0,1,s,NaN,\n`, 'a:2:4: found "NaN", expected a finite number or nothing'],
  ["infinity", `${header}0,1,s,1e999,\n`, 'a:2:4: found "1e999", expected a finite number or nothing'],
  [
    "a hexadecimal number",
    `${header}0,1,s,0x10,\n`,
    'a:2:4: found "0x10", expected a finite number or nothing',
  ],
  ["too few fields", `${header}0,1,s\n`, "a:2: found 3, expected 5 fields, as in the header"],
  ["too many fields", `${header}0,1,s,1,x,y\n`, "a:2: found 6, expected 5 fields, as in the header"],
  ["an empty line", `${header}\n0,1,s,1,\n`, "a:2: found an empty line, expected a record"],
  ["an open quote", `${header}0,1,"s,1,\n`, "a:2:3: found the end of the file, expected a closing quote"],
  ["text after a quote", `${header}0,1,"s"t,1,\n`, "a:2:3: found text, expected a delimiter or line end"],
  [
    "a quote inside a field",
    `${header}0,1,s"t",1,\n`,
    "a:2:3: found a quote inside it, expected quotes around",
  ],
  ["a lone carriage return", `${header}0,1,s\rt,1,\n`, "a:2:3: found text, expected a line end after"],
  ["an overlong record", `${header}0,1,${"s".repeat(MAX_LINE_BYTES)},1,\n`, `expected a record of at most`],
];

const fatal: readonly (readonly [what: string, text: string, message: string])[] = [
  ["an empty file", "", "a:1: found an empty file, expected a header"],
  ["only a header", header, "a:2: found none, expected a usable record after the header"],
  [
    "a repeated name",
    "click,shop,shop\n",
    'a:1:3: found "shop" again, as in column 2, expected a column name of',
  ],
  [
    "an unknown column",
    "click,shop,price,tags,x\n",
    'a:1:5: found "x", expected one of "", click, shop, price, tags',
  ],
  ["a missing column", "click,shop,tags\n", 'a:1: found none, expected a numeric column named "price"'],
  ["a header without names", ",,\n", "a:1: found only empty names, expected a header with column names"],
];

describe("bad CSV input", () => {
  test.each([...bad, ...fatal])("%s is refused with its place", async (_, text, message) => {
    expect(await messageOf(readRows(csvRowsSource([textInput("a", text, 1 << 16)], schema)))).toContain(
      message,
    );
  });

  test("bytes that are no UTF-8 are refused", async () => {
    const bytes = Uint8Array.of(...new TextEncoder().encode(`${header}0,1,`), 0xff, 44, 49, 44, 10);

    const message = await messageOf(readRows(csvRowsSource([textInput("a", bytes)], schema)));

    expect(message).toBe("a:2:3: found other bytes, expected UTF-8 text");
  });

  test.each(bad)("%s can be skipped and is reported", async (_, text, message) => {
    const reported: string[] = [];
    const options = { onBadLine: (error: Error) => reported.push(error.message) };
    const lines = text.replace(header, "").replaceAll(/\n+$/g, "");
    // An open quote swallows what follows, so the good record goes before it.
    const source = csvRowsSource([textInput("a", `${header}7,1,s,1,\n${lines}\n`, 1 << 16)], schema, options);

    const rows = await readRows(source);

    expect(rows[0].label).toBe(1);
    expect(reported).toHaveLength(1);
    expect(reported[0].replace("a:3", "a:2")).toContain(message);
  });

  test.each(fatal)("%s is refused even where lines are skipped", async (_, text, message) => {
    const source = csvRowsSource([textInput("a", text)], schema, { onBadLine: () => undefined });

    expect(await messageOf(readRows(source))).toContain(message);
  });
});

describe("inferSchema", () => {
  test("tells each kind of column and says why", async () => {
    const rows = Array.from(
      { length: 200 },
      (_, i) =>
        `${i};${i % 2};c${i % 7};${i / 4};${i % 100};${i % 3};t${i % 5}|u${i % 3};2024-01-0${1 + (i % 9)};u${i};${i % 50}`,
    );
    const text = `;clicked;shop;price;age;device;tags;day;request;item_id\n${rows.join("\n")}\n`;

    const inferred = await inferSchema(textInput("a", text, 4096), {});

    expect(inferred.format).toEqual({ kind: "csv", delimiter: ";" });
    expect(inferred.columns.map(({ name, kind }) => [name, kind])).toEqual([
      ["", "ignored"],
      ["clicked", "label"],
      ["shop", "categorical"],
      ["price", "numeric"],
      ["age", "numeric"],
      ["device", "categorical"],
      ["tags", "multi"],
      ["day", "timestamp"],
      ["request", "ignored"],
      ["item_id", "categorical"],
    ]);
    expect(inferred.columns.filter(({ kind, reason }) => kind !== "label" && reason === undefined)).toEqual(
      [],
    );
    expect(parseSchema("schema.json", JSON.stringify(inferred))).toEqual(inferred);
  });

  test("asks for the label when it cannot tell", async () => {
    const input = textInput("a", "x,z,shop\n1,0,a\n0,1,b\n");

    expect(await messageOf(inferSchema(input, {}))).toBe(
      "a: label is none; x, z, expected the name of the label column, or one of label, click, clicked, is_click, " +
        "target, y, conversion, income, class holding 0 and 1",
    );
    expect(await messageOf(inferSchema(input, { label: "clic" }))).toBe(
      'a: label is "clic", expected one of x, z, shop',
    );
  });

  test.each([
    ["an empty file", "", "a:1: found an empty file, expected a header"],
    ["only a header", "click,x\n", "a:2: found none, expected a record after the header"],
    ["a repeated name", "click,x,x\n1,1,1\n", 'a:1:3: found "x" again'],
    ["a row of another width", "click,x\n1,1,1\n", "a:2: found 3, expected 2 fields, as in the header"],
  ])("%s is refused with its place", async (_, text, message) => {
    expect(await messageOf(inferSchema(textInput("a", text), {}))).toContain(message);
  });
});

describe("parseSchema", () => {
  const good = JSON.stringify(schema);
  test.each([
    ["an unknown key", good.replace('"version"', '"colour":1,"version"'), "schema.json: colour is unknown"],
    [
      "a forbidden key",
      good.replace('"version"', '"__proto__":{},"version"'),
      "schema.json: __proto__ is forbidden",
    ],
    [
      "another version",
      good.replace('"version":1', '"version":2'),
      "schema.json: version is 2, expected an integer",
    ],
    [
      "an unknown kind",
      good.replace('"numeric"', '"number"'),
      'columns[3].kind is "number", expected one of label',
    ],
    [
      "a second label",
      good.replace('"numeric"', '"label"'),
      "columns is 2, expected exactly one column of kind label",
    ],
    ["a repeated name", good.replace('"price"', '"shop"'), 'columns[3].name is "shop", expected a new name'],
    [
      "no separator",
      good.replace(',"separator":"|"', ""),
      "columns[4].separator is undefined, expected a text for",
    ],
    [
      "another delimiter",
      good.replace('"delimiter":","', '"delimiter":"x"'),
      'format.delimiter is "x", expected one',
    ],
    ["no JSON", "{", "schema.json: (top level) is"],
    ["a list", "[]", "schema.json: (top level) is object, expected an object"],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseSchema("schema.json", text)).toThrow(message);
  });
});
