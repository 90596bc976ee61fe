import { describe, expect, it } from "vitest";
import { DqrmError, isDqrmError, type ErrorCode, type ErrorDetails } from "@dqrm/core";

type Case = { [C in ErrorCode]: readonly [details: ErrorDetails[C], message: string] };

const cases: Case = {
  SHAPE: [{ op: "linear", what: "bias", expected: 8, actual: 7 }, "linear: bias has 7 elements, expected 8"],
  INDEX_RANGE: [
    { op: "embeddingBag", position: 3, index: 9, rows: 4 },
    "embeddingBag: index 9 at position 3 is outside [0, 4)",
  ],
  UNSUPPORTED: [
    { op: "linear", spec: '{"inputs":3}', tried: ["wasm", "native"] },
    'linear: no backend accepts {"inputs":3} (tried wasm, native)',
  ],
  VALUE: [
    { op: "arena", what: "length", expected: "an integer >= 0", actual: "-1" },
    "arena: length is -1, expected an integer >= 0",
  ],
  LIMIT: [
    { what: "cols", limit: "MAX_COLS", maximum: 65536, actual: 70000 },
    "cols is 70000, more than MAX_COLS = 65536 allows",
  ],
  FORMAT: [
    { source: "a.dqt", offset: 4, expected: "version 1", actual: "version 9" },
    "a.dqt: at byte 4 found version 9, expected version 1",
  ],
  CONFIG: [
    { source: "config.json", path: "bits", expected: "one of 1 to 8 or 16", actual: "9" },
    "config.json: bits is 9, expected one of 1 to 8 or 16",
  ],
  DATA: [
    { source: "day_0.tsv", line: 12, column: 3, expected: "an integer", actual: '"x"' },
    'day_0.tsv:12:3: found "x", expected an integer',
  ],
  IO: [
    { operation: "open", path: "a.dqt", expected: "a readable file", actual: "ENOENT" },
    "open a.dqt: ENOENT, expected a readable file",
  ],
  NON_FINITE: [
    { what: "gradient", position: 5, actual: "NaN" },
    "gradient: value NaN at position 5, expected a finite number",
  ],
  STATE: [
    { op: "apply", expected: "forwardBackward before it", actual: "no gradient is there" },
    "apply: no gradient is there, expected forwardBackward before it",
  ],
  WIRE: [
    { codec: "int8-rows", offset: 7, reason: "row 9 repeats" },
    "int8-rows: malformed payload at byte 7: row 9 repeats",
  ],
  DESYNC: [
    { peer: 2, step: 7, what: "step", expected: "7", actual: "6" },
    "rank 2 at step 7: step is 6, expected 7",
  ],
  DEVICE: [{ device: "webgpu", reason: "the device was lost" }, "webgpu: the device was lost"],
  PEER: [
    { peer: 1, step: 9, op: "receive", expected: "a message within 3000 ms", actual: "silence" },
    "rank 1 at step 9: receive: silence, expected a message within 3000 ms",
  ],
};

function build<C extends ErrorCode>(code: C): { error: DqrmError<C>; message: string } {
  const [details, message]: Case[C] = cases[code];
  return { error: new DqrmError(code, details), message };
}

describe("DqrmError", () => {
  const codes = Object.keys(cases) as ErrorCode[];

  it.each(codes)("%s says what happened and what was expected", (code) => {
    const { error, message } = build(code);

    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
    expect(error.name).toBe("DqrmError");
  });

  it("names the top level of a configuration by words", () => {
    const details = { source: "a.json", path: "", expected: "valid JSON", actual: "text" };

    const error = new DqrmError("CONFIG", details);

    expect(error.message).toBe("a.json: (top level) is text, expected valid JSON");
  });

  it("leaves out column 0 of a record, which means the whole line", () => {
    const details = { source: "a.tsv", line: 2, column: 0, expected: "40 fields", actual: "39" };

    const error = new DqrmError("DATA", details);

    expect(error.message).toBe("a.tsv:2: found 39, expected 40 fields");
  });

  it("keeps its cause", () => {
    const cause = new Error("ENOENT");

    const error = new DqrmError("STATE", { op: "a", expected: "b", actual: "c" }, { cause });

    expect(error.cause).toBe(cause);
  });

  it("is told apart by its code alone", () => {
    const { error } = build("SHAPE");

    expect(isDqrmError(error, "SHAPE")).toBe(true);
    expect(isDqrmError(error, "VALUE")).toBe(false);
    expect(isDqrmError(new Error("SHAPE"), "SHAPE")).toBe(false);
    expect(isDqrmError(undefined, "SHAPE")).toBe(false);
  });
});

it("PEER leaves out the step where there is none", () => {
  const details = { peer: 1, step: null, op: "send", expected: "an open connection", actual: "it was reset" };

  expect(new DqrmError("PEER", details).message).toBe(
    "rank 1: send: it was reset, expected an open connection",
  );
});
