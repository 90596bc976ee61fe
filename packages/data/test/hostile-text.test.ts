import { describe, expect, test } from "vitest";
import {
  csvRowsSource,
  encode,
  inferSchema,
  parseSchema,
  plantedDataset,
  prepareDataset,
  RECOMMENDED_FIT,
  type DatasetSchema,
} from "@dqrm/data";
import { textInput } from "./byte-input.ts";
import { messageOf, readRows } from "./read-rows.ts";

const schema: DatasetSchema = {
  version: 1,
  format: { kind: "csv", delimiter: "," },
  labels: "binary",
  missing: [],
  columns: [
    { name: "click", kind: "label" },
    { name: "price", kind: "numeric" },
  ],
};

describe("cells", () => {
  test("a million digits and a letter are refused in linear time", async () => {
    const text = `click,price\n1,${"1".repeat(1_000_000)}x\n`;

    const message = await messageOf(readRows(csvRowsSource([textInput("a", text, 1 << 16)], schema)));

    expect(message).toMatch(/^a:2:2: .*expected a finite number or nothing$/);
  });

  test.each(["1", "1.", "1.5", ".5", "-1e3", "+2.5E-1"])("%s is a number", async (cell) => {
    const rows = await readRows(csvRowsSource([textInput("a", `click,price\n1,${cell}\n`)], schema));

    expect(rows[0].numeric).toEqual([Number(cell)]);
  });

  test("a time without a zone is UTC, wherever the machine stands", async () => {
    const timed: DatasetSchema = {
      ...schema,
      columns: [
        { name: "click", kind: "label" },
        { name: "at", kind: "timestamp" },
      ],
    };
    const cells = ["2020-07-01 12:00:00", "2020-07-01T12:00:00Z", "2020-07-01 14:00:00+02:00", "2020-07-01"];
    const text = `click,at\n${cells.map((cell) => `1,${cell}\n`).join("")}`;

    const times: number[] = [];
    for await (const chunk of csvRowsSource([textInput("a", text)], timed).rows()) {
      times.push(...(chunk.timestamps?.subarray(0, chunk.size) ?? []));
    }

    const noon = Date.UTC(2020, 6, 1, 12) / 1000;
    expect(times).toEqual([noon, noon, noon, noon - 12 * 3600]);
  });
});

describe("the first bytes of a file", () => {
  // U+FF21 is EF BC A1 and U+FEC1 is EF BB 81 in UTF-8: both begin as a byte order mark does.
  test.each(["\uff21", "\ufec1"])("%s begins like a byte order mark and is kept", async (letter) => {
    for (const pieceBytes of [1, 2, 64]) {
      const text = `${letter},click\ns,1\nt,0\n`;

      const { columns } = await inferSchema(textInput("a", text, pieceBytes), {});

      expect(columns.map(({ name }) => name)).toEqual([letter, "click"]);
    }
  });
});

describe("inferSchema", () => {
  test("leaves out and reports the bad lines that a reader may skip", async () => {
    const text = "click,shop\n1,a\n1\n0,b\n";
    const reported: string[] = [];

    const inferred = await inferSchema(textInput("a", text), {
      onBadLine: ({ message }) => {
        reported.push(message);
      },
    });

    expect(inferred.columns.map(({ kind }) => kind)).toEqual(["label", "categorical"]);
    expect(reported).toEqual(["a:3: found 1, expected 2 fields, as in the header"]);
    expect(parseSchema("schema", JSON.stringify(inferred))).toEqual(inferred);
  });

  test("never skips a bad header", async () => {
    const message = await messageOf(
      inferSchema(textInput("a", "click,click\n1,1\n"), { onBadLine: () => undefined }),
    );

    expect(message).toMatch(/^a:1:2: /);
  });
});

describe("plantedDataset", () => {
  test.each([
    { rows: 1, seed: 1, tableRows: [2 ** 31 - 1] },
    { rows: 1, seed: 1, tableRows: [1e8], latentLength: 256 },
  ])("tables that no machine can hold are a LIMIT error", (options) => {
    expect(() => plantedDataset(options)).toThrow(expect.objectContaining({ code: "LIMIT" }));
  });
});

describe("prepareDataset", () => {
  test("days of given lengths stay so when negatives are dropped and files are as many as days", async () => {
    const file = (name: string, rows: number) => textInput(name, `click,price\n${"1,2\n".repeat(rows)}`);
    const source = csvRowsSource([file("day_0", 4), file("day_1", 2)], schema);

    const { parts } = await prepareDataset(source, {
      split: { kind: "criteo", days: 2, counts: [2, 4] },
      fit: RECOMMENDED_FIT,
      fitOn: "training",
      drop: { rate: 0.5, seed: 1 },
      encode: (from, preprocessing) => encode(from, preprocessing, { maxMemoryBytes: 1e6 }),
    });

    expect([parts.train.samples, parts.test.samples, parts.validation.samples]).toEqual([2, 2, 2]);
  });
});
