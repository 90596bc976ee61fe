import { checkInteger } from "./check.ts";
import { createCriteoParser, type CriteoParser } from "./criteo-parser.ts";
import { CRITEO_SCHEMA } from "./schema.ts";
import { badLine, type ByteInput, type DataSource, type ReadOptions, type RowChunk } from "./source.ts";

/** More files than this are a mistaken pattern. */
export const MAX_FILES = 100_000;

const TAB = 9;
const NEWLINE = 10;

/** Settles whether the lines have labels by the fields of the first one; a line of any other length is a bad line. */
function withLabels(options: ReadOptions, bytes: Uint8Array): ReadOptions {
  if (options.labels !== "detect") return options;
  const end = bytes.indexOf(NEWLINE);
  const tabs = bytes.subarray(0, end < 0 ? bytes.length : end).filter((byte) => byte === TAB).length;
  return { ...options, labels: tabs + 1 === CRITEO_SCHEMA.columns.length - 1 ? "absent" : "required" };
}

async function* criteoRows(
  inputs: readonly ByteInput[],
  options: ReadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowChunk, void, undefined> {
  let firstRow = 0;
  for (const [section, input] of inputs.entries()) {
    let parser: CriteoParser | undefined;
    for await (const bytes of input.open(signal)) {
      signal?.throwIfAborted();
      if (bytes.length === 0) continue;
      parser ??= createCriteoParser({ file: input.name, section, firstRow }, withLabels(options, bytes));
      for (let at = 0; at < bytes.length;) {
        at = parser.push(bytes, at);
        if (!parser.full) continue;
        const chunk = parser.take();
        firstRow += chunk.size;
        yield chunk;
      }
    }
    if (parser === undefined)
      throw badLine({ file: input.name, line: 1, column: 0 }, "a Criteo line", "an empty file");
    parser.finish();
    const rest = parser.take();
    firstRow += rest.size;
    if (rest.size > 0) yield rest;
  }
}

/**
 * Creates a source over Criteo click logs in any form that gives bytes; files become sections, for example days.
 *
 * @throws VALUE when there is no file
 * @cost one chunk of rows and what the inputs buffer, whatever the length of the files
 *
 * ```ts doctest
 * import { criteoRowsSource } from "@dqrm/data";
 * const line = ["1", ...Array(13).fill("5"), ...Array(26).fill("68fd1e64")].join("\t");
 * const input = { name: "day_0", async *open() { yield new TextEncoder().encode(line); } };
 * const source = criteoRowsSource([input]);
 * let rows = 0;
 * for await (const chunk of source.rows()) rows += chunk.size;
 * rows; // => 1
 * ```
 */
export function criteoRowsSource(inputs: readonly ByteInput[], options: ReadOptions = {}): DataSource {
  checkInteger("criteoRowsSource", "number of files", inputs.length, [1, MAX_FILES]);
  return {
    name: inputs.map((input) => input.name).join(", "),
    schema: CRITEO_SCHEMA,
    rows: (pass) => criteoRows(inputs, options, pass?.signal),
  };
}
