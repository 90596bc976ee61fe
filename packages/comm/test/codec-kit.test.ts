import { dense, none, type GradientCodec, type RowSink, type SummableCodec } from "@dqrm/comm";
import { codecConformance, type CodecPromise } from "@dqrm/comm/conformance";
import { isDqrmError, type RandomKey, type RowGradient, uniformAt } from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { failures, runKit } from "./run-kit.ts";
import { signs } from "./signs-codec.ts";

const exact: CodecPromise = { rows: "any", relativeError: 0, unbiased: true, detectsDamage: true };
const exactDense: CodecPromise = { ...exact, rows: "all" };
// ±peak for a value in [−peak, peak] is at most 2·peak away.
const coarse: CodecPromise = { rows: "any", relativeError: 2, unbiased: true, detectsDamage: true };

describe("none", () => {
  runKit(codecConformance(none, exact));
});
describe("dense", () => {
  runKit(codecConformance(dense, exactDense));
});
describe("a codec of one random bit for each value", () => {
  runKit(codecConformance(signs(uniformAt), coarse));
});

/** Changes what a codec's decoder hands to the sink. */
function filtered(
  add: (sink: RowSink, row: number, values: Float32Array, offset: number) => void,
): GradientCodec {
  return {
    ...none,
    decode(bytes, sink) {
      none.decode(bytes, {
        ...sink,
        add: (row, values, offset) => {
          add(sink, row, values, offset);
        },
      });
    },
  };
}

/** Changes the gradient before it is encoded. */
function encodingOf(change: (gradient: RowGradient) => RowGradient): GradientCodec {
  return { ...none, encode: (gradient, out, key) => none.encode(change(gradient), out, key) };
}

let kept: RowGradient | undefined;
let calls = 0;
const seen = new WeakMap<RowSink, Set<number>>();

const mutants = {
  "under-reports its size": { ...none, maxBytes: (count, cols) => none.maxBytes(count, cols) - 1 },
  "encodes the storage instead of the count": encodingOf((g) => ({ ...g, count: g.rows.length })),
  "drops the last row": encodingOf((g) => ({ ...g, count: Math.max(0, g.count - 1) })),
  "sorts the rows but not the values": encodingOf((g) => ({ ...g, rows: g.rows.slice().sort() })),
  "zeroes the gradient that it has sent": {
    ...none,
    encode(gradient, out, key) {
      const bytes = none.encode(gradient, out, key);
      gradient.values.fill(0);
      return bytes;
    },
  },
  "decodes with the encoder's own context": {
    ...none,
    encode(gradient, out, key) {
      kept = gradient;
      return none.encode(gradient, out, key);
    },
    decode(bytes, sink) {
      none.decode(bytes, { ...sink, add: () => undefined });
      for (let i = 0; i < (kept?.count ?? 0); i++) {
        if (kept) sink.add(kept.rows[i], kept.values, i * kept.cols);
      }
    },
  },
  "encodes something else at every call": {
    ...none,
    encode: (gradient, out, key) =>
      none.encode({ ...gradient, values: gradient.values.map((v) => v + 2 ** -30 * calls++) }, out, key),
  },
  "ignores a damaged payload": {
    ...none,
    decode(bytes, sink) {
      try {
        none.decode(bytes, sink);
      } catch {
        return;
      }
    },
  },
  "throws an error of its own for damage": {
    ...none,
    decode(bytes, sink) {
      try {
        none.decode(bytes, sink);
      } catch (error) {
        throw isDqrmError(error, "WIRE") ? new Error("bad bytes") : error;
      }
    },
  },
  "adds rows before it has checked the payload": {
    ...none,
    decode(bytes, sink) {
      sink.add(0, new Float32Array(sink.cols), 0);
      none.decode(bytes, sink);
    },
  },
  "accepts trailing bytes": {
    ...none,
    decode(bytes, sink) {
      const body = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      none.decode(bytes.length > 20 ? bytes.subarray(0, 20 + body.getUint32(12, true)) : bytes, sink);
    },
  },
  "does not bound the rows": {
    ...none,
    decode(bytes, sink) {
      none.decode(bytes, { ...sink, rows: 2 ** 31 - 1 });
    },
  },
  "clears NaN in silence": encodingOf((g) => ({
    ...g,
    values: g.values.map((v) => (Number.isFinite(v) ? v : 0)),
  })),
  "flushes denormals": filtered((sink, row, values, offset) => {
    sink.add(
      row,
      values.map((v) => (Math.abs(v) < 2 ** -126 ? 0 : v)),
      offset,
    );
  }),
  "replaces instead of adding": {
    ...none,
    decode(bytes, sink) {
      const rows = seen.get(sink) ?? new Set();
      seen.set(sink, rows);
      none.decode(bytes, {
        ...sink,
        add(row, values, offset) {
          if (!rows.has(row)) sink.add(row, values, offset);
          rows.add(row);
        },
      });
    },
  },
  "reads beside the payload": {
    ...none,
    decode(bytes, sink) {
      none.decode(bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes.buffer, 0, bytes.length), sink);
    },
  },
  "knows no shorter buffer": {
    ...none,
    encode(gradient, out, key) {
      const whole = new Uint8Array(none.maxBytes(gradient.count, gradient.cols));
      const bytes = none.encode(gradient, whole, key);
      out.set(whole.subarray(0, Math.min(bytes, out.length)));
      return Math.min(bytes, out.length);
    },
  },
  "decodes in place": {
    ...none,
    decode(bytes, sink) {
      none.decode(bytes, sink);
      bytes.fill(0);
    },
  },
} satisfies Record<string, GradientCodec>;

/** The case that each mutant was made for. */
const killedBy: Readonly<Record<keyof typeof mutants, string>> = {
  "under-reports its size": "one row come back",
  "encodes the storage instead of the count": "one row come back",
  "drops the last row": "one row come back",
  "sorts the rows but not the values": "many rows come back",
  "zeroes the gradient that it has sent": "encoding leaves the gradient as it was",
  "decodes with the encoder's own context": "needs nothing that its encoder kept",
  "encodes something else at every call": "the same gradient and key give the same bytes",
  "ignores a damaged payload": "any one byte changed",
  "throws an error of its own for damage": "cut at any byte",
  "adds rows before it has checked the payload": "any one byte changed",
  "accepts trailing bytes": "a byte too many",
  "does not bound the rows": "a row that the sink does not have",
  "clears NaN in silence": "refuses to encode NaN",
  "flushes denormals": "denormal values come back",
  "replaces instead of adding": "decoding adds to the sink",
  "reads beside the payload": "at any byte offset",
  "decodes in place": "needs nothing that its encoder kept",
  "knows no shorter buffer": "a buffer shorter than maxBytes",
};

describe("the codec kit rejects a codec that", () => {
  test.each(Object.entries(killedBy))("%s", async (what, name) => {
    const [, mutant] = Object.entries(mutants).find(([key]) => key === what) ?? [];
    if (mutant === undefined) throw new Error(`no mutant ${what}`);

    const failed = await failures(codecConformance(mutant, exact), 10_000);

    expect(failed).toContainEqual(expect.stringContaining(name));
  });

  const draws: Readonly<Record<string, (key: RandomKey, counter: number) => number>> = {
    "rounds to nearest but claims no bias": () => 0.5,
    "rounds towards minus infinity but claims no bias": () => 1 - 2 ** -53,
    "draws from a generator of its own": () => Math.random(),
    "uses one draw for all values of a key": (key) => uniformAt(key, 0) ** 2,
  };
  test.each(Object.entries(draws))("%s", async (_, draw) => {
    const failed = await failures(codecConformance(signs(draw), coarse), 10_000);

    expect(failed).not.toEqual([]);
  });

  const sums: Readonly<Record<string, SummableCodec>> = {
    "replaces a payload instead of adding": {
      ...dense,
      addPayload: (into, from) => {
        into.set(from);
      },
    },
    "adds nothing": { ...dense, addPayload: () => undefined },
    "adds payloads of other rows": {
      ...dense,
      addPayload(into, from) {
        if (into.length === from.length) dense.addPayload(into, from);
      },
    },
  };
  test.each(Object.entries(sums))("%s", async (_, mutant) => {
    const failed = await failures(codecConformance(mutant, exactDense), 10_000);

    expect(failed).not.toEqual([]);
  });
});

test("the codec kit does no work before a case runs", () => {
  const broken: GradientCodec = {
    ...none,
    maxBytes: () => {
      throw new Error("broken");
    },
  };

  const cases = [...codecConformance(broken, exact)];

  expect(cases.length).toBeGreaterThan(0);
});
