import { describe, expect, test } from "vitest";
import { criteoRowsSource, MAX_LINE_BYTES } from "@dqrm/data";
import { textInput } from "./byte-input.ts";
import { generateCriteoLines, plainLine } from "./criteo-lines.ts";
import { messageOf, readRows } from "./read-rows.ts";

describe("criteoRowsSource", () => {
  test.each([
    ["LF", "\n", 1],
    ["CRLF", "\r\n", 7],
    ["LF in large pieces", "\n", 1 << 20],
  ])("reads every irregular line as it was meant, with %s ends", async (_, end, pieceBytes) => {
    const lines = generateCriteoLines(2500, 7);
    const text = lines.map((line) => line.text + end).join("");

    const rows = await readRows(criteoRowsSource([textInput("train.txt", text, pieceBytes)]));

    expect(rows.map(({ label, numeric, categories }) => ({ label, numeric, categories }))).toEqual(
      lines.map(({ label, integers, codes }) => ({ label, numeric: integers, categories: codes })),
    );
    expect(rows.map(({ line }) => line)).toEqual(lines.map((_line, i) => i + 1));
  });

  test("a last line without a line end counts", async () => {
    const rows = await readRows(
      criteoRowsSource([textInput("a", `${plainLine()}\n${plainLine({ 0: "0" })}`)]),
    );

    expect(rows.map(({ label }) => label)).toEqual([1, 0]);
  });

  test("rows are numbered over all files and each file is a section", async () => {
    const source = criteoRowsSource([
      textInput("day_0", `${plainLine()}\n${plainLine()}\n`),
      textInput("day_1", `${plainLine({ 0: "0" })}\n`),
    ]);

    const rows = await readRows(source);

    expect(rows.map(({ file, line }) => [file, line])).toEqual([
      ["day_0", 1],
      ["day_0", 2],
      ["day_1", 1],
    ]);
  });

  test("two passes give the same rows", async () => {
    const source = criteoRowsSource([
      textInput(
        "a",
        generateCriteoLines(50, 3)
          .map(({ text }) => text)
          .join("\n"),
      ),
    ]);

    expect(await readRows(source)).toEqual(await readRows(source));
  });

  test("files without labels are read when they are declared or detected", async () => {
    const unlabelled = plainLine().slice(2);

    const declared = await readRows(criteoRowsSource([textInput("a", unlabelled)], { labels: "absent" }));
    const detected = await readRows(
      criteoRowsSource([textInput("a", unlabelled, 1024)], { labels: "detect" }),
    );
    const labelled = await readRows(
      criteoRowsSource([textInput("a", plainLine(), 1024)], { labels: "detect" }),
    );

    expect([declared, detected, labelled].map((rows) => rows[0].label)).toEqual([0, 0, 1]);
    expect(declared[0].categories).toEqual(labelled[0].categories);
  });

  test("the next piece is read only when the next rows are asked for", async () => {
    const lines = generateCriteoLines(10_000, 1).map(({ text }) => `${text}\n`);
    const input = textInput("a", lines.join(""), 4096);
    const passes = criteoRowsSource([input]).rows()[Symbol.asyncIterator]();

    await passes.next();
    const piecesOfFirstChunk = input.pieces;
    await passes.return?.();

    // 2048 rows of at most 40 fields of 9 bytes make one chunk; nothing beyond their pieces may be read.
    expect(piecesOfFirstChunk).toBeLessThanOrEqual(Math.ceil((2048 * 40 * 9) / 4096));
  });

  test("an aborted signal ends the pass", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const source = criteoRowsSource([textInput("a", plainLine())]);

    const pass = source.rows({ signal: controller.signal })[Symbol.asyncIterator]().next();

    expect(await messageOf(pass)).toBe("enough");
  });
});

const bad: readonly (readonly [what: string, text: string, message: string])[] = [
  ["a short line", `${plainLine()}\n1\t2\t3\n`, "a:2: found 3, expected 40 fields separated by tabs"],
  ["a long line", `${plainLine()}\t1\n`, "a:1: found more, expected 40 fields separated by tabs"],
  ["an empty line", `${plainLine()}\n\n${plainLine()}`, "a:2: found an empty line, expected 40 fields"],
  ["a label of 2", plainLine({ 0: "2" }), "a:1:1: found 2, expected a label, 0 or 1"],
  ["a missing label", plainLine({ 0: "" }), "a:1:1: found nothing, expected a label, 0 or 1"],
  ["a label that is no number", plainLine({ 0: "yes" }), 'a:1:1: found "y", expected a label, 0 or 1'],
  ["a decimal", plainLine({ 3: "1.5" }), 'a:1:4: found ".", expected an integer or nothing'],
  ["a lone minus", plainLine({ 3: "-" }), 'a:1:4: found "-", expected an integer or nothing'],
  ["NaN", plainLine({ 3: "NaN" }), 'a:1:4: found "N", expected an integer or nothing'],
  ["16 digits", plainLine({ 3: "1234567890123456" }), "a:1:4: found more, expected at most 15 digits"],
  ["a category that is no hex", plainLine({ 14: "xyz" }), 'a:1:15: found "x", expected hexadecimal digits'],
  [
    "9 hex digits",
    plainLine({ 14: "123456789" }),
    "a:1:15: found more, expected at most 8 hexadecimal digits",
  ],
  [
    "a negative category",
    plainLine({ 14: "-1" }),
    'a:1:15: found "-", expected hexadecimal digits or nothing',
  ],
  ["a carriage return inside", `${plainLine()}\r1\n`, 'a:1:40: found "1", expected a line end after'],
  ["a header", "label\tI1\n", 'a:1:1: found "l", expected a label, 0 or 1'],
  ["an empty file", "", "a:1: found an empty file, expected a Criteo line"],
];

describe("bad Criteo input", () => {
  test.each(bad)("%s is refused with its place", async (_, text, message) => {
    expect(await messageOf(readRows(criteoRowsSource([textInput("a", text)])))).toContain(message);
  });

  test.each(bad.filter(([what]) => what !== "an empty file"))(
    "%s can be skipped and is reported",
    async (_, text, message) => {
      const reported: string[] = [];
      const options = { onBadLine: (error: Error) => reported.push(error.message) };

      const rows = await readRows(
        criteoRowsSource([textInput("a", `${text.replace(/\n$/, "")}\n${plainLine({ 0: "0" })}\n`)], options),
      );

      expect(reported).toHaveLength(1);
      expect(reported[0]).toContain(message);
      expect(rows.at(-1)?.label).toBe(0);
    },
  );

  test("an absurdly long line is refused without being held", async () => {
    const text = `${plainLine()}\n${"1".repeat(14)}${"\r".repeat(1)}`;
    const long = new Uint8Array(MAX_LINE_BYTES + 100).fill(48);
    const reported: string[] = [];
    const options = { onBadLine: (error: Error) => reported.push(error.message) };

    const rows = await readRows(
      criteoRowsSource([textInput("a", text), textInput("b", long, 1 << 16)], options),
    );

    expect(rows).toHaveLength(1);
    expect(reported).toHaveLength(2);
  });
});
