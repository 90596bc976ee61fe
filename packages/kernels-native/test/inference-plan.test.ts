import {
  BIT_WIDTHS,
  compileInference,
  compileTraining,
  createKernels,
  createRandom,
  isDeadZone,
  isDeadZoneWidth,
  isDqrmError,
  jaggedFrom,
  reference,
  SCHEMES,
  type Batch,
  type ErrorCode,
  type Jagged,
  type InferencePlan,
  type ModelSpec,
  type PackedModel,
  type RowFormat,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import { packModel, packRows } from "./inference-model.ts";
import { backendUnderTest, ISAS, loadUnderTest } from "./native-under-test.ts";
import { int4, ROWS, wideBatch, wideSpec, wideState } from "./wide-model.ts";

const available = await loadUnderTest({ threads: 1 });
const reason = "unavailable" in available ? available.unavailable : undefined;
const suite = describe.skipIf(reason !== undefined);

const isas: string[] = [];
for (const isa of ISAS) if (!("unavailable" in (await loadUnderTest({ isa, threads: 1 })))) isas.push(isa);

const PRODUCTS = ["float32", "int8"] as const;

async function compile(
  model: PackedModel,
  options: { threads?: number; isa?: string; products?: (typeof PRODUCTS)[number] } = {},
): Promise<InferencePlan> {
  const { isa = isas[0], products = "float32", threads = 1 } = options;
  const kernels = createKernels([await backendUnderTest({ threads, isa })]);
  return compileInference(model, kernels, { maxBatch: 300, products });
}

function predictions(plan: InferencePlan, batch: Batch): Float32Array {
  const dst = new Float32Array(batch.size);
  plan.infer(batch, dst);
  return dst;
}

const channels = { kind: "fake", bits: 4, granularity: "channel", bias: "same" } as const;
const matrix = { kind: "fake", bits: 8, granularity: "matrix", bias: "float" } as const;
const perRow = { ...int4, granularity: { kind: "row" } } as const;
const perGroup = { ...int4, bits: 3, granularity: { kind: "group", groupCols: 5 } } as const;

const MODELS: Readonly<Record<string, ModelSpec>> = {
  "in FP32": wideSpec(),
  "in INT4, layers too": wideSpec({ linearQuantization: channels }, int4),
  "with one scale for each matrix": wideSpec({ linearQuantization: matrix }, perRow),
  "with a scale for each group": wideSpec({}, perGroup),
};

suite("a plan that serves", () => {
  test.each(Object.entries(MODELS))(
    "gives the bits of the plan that the model was trained by, %s",
    async (_, spec) => {
      for (const isa of isas) {
        const state = wideState(spec);
        const backend = await backendUnderTest({ threads: 2, isa });
        const training = compileTraining(spec, state, createKernels([backend]), { maxBatch: 300 });
        for (const step of [0, 1, 2]) training.step(wideBatch(step, 64, step === 1), 0.1);
        training.sync();
        const plan = await compile(packModel(spec, state), { isa, threads: 2 });

        for (const size of [1, 2, 63, 64, 65, 200]) {
          const batch = wideBatch(size, size, size % 2 === 0);
          expect(predictions(plan, batch)).toStrictEqual(predictions(training, batch));
        }
      }
    },
  );

  test.each(Object.entries(MODELS))("gives the same bits on any number of threads, %s", async (_, spec) => {
    const model = packModel(spec, wideState(spec));
    const plans = await Promise.all([1, 2, 3].map((threads) => compile(model, { threads })));
    const batch = wideBatch(4, 200, true);

    const runs = plans.map((plan) => predictions(plan, batch));

    expect(runs[1]).toStrictEqual(runs[0]);
    expect(runs[2]).toStrictEqual(runs[0]);
  });

  test("gives the same bits in a thousand calls, on more threads than there are processors", async () => {
    const spec = wideSpec({}, int4);
    const plan = await compile(packModel(spec, wideState(spec)), { threads: 8, products: "int8" });
    const batches = [64, 100, 300].map((size) => wideBatch(size, size, false));
    const expected = batches.map((batch) => predictions(plan, batch));

    for (let call = 0; call < 1000; call++) {
      expect(predictions(plan, batches[call % 3])).toStrictEqual(expected[call % 3]);
    }
  });

  test("serves single samples from arrays of their own, copied or bound, wherever the prediction goes", async () => {
    const spec = wideSpec({}, int4);
    const plan = await compile(packModel(spec, wideState(spec)), { products: "int8" });
    const room = new Float32Array(3);

    for (let sample = 0; sample < 40; sample++) {
      const multiHot = sample % 3 === 0;
      const [pair, alone] = [wideBatch(sample, 2, multiHot), wideBatch(sample, 2, multiHot)];
      const dst = sample % 2 === 0 ? room.subarray(sample % 3) : new Float32Array(1);
      plan.infer({ ...alone, size: 1 }, dst);

      expect(dst[0]).toBe(predictions(plan, pair)[0]);
    }
  });

  test("serves a single sample with a bag of any size", async () => {
    const spec = wideSpec({}, int4);
    const plan = await compile(packModel(spec, wideState(spec)), { products: "int8" });
    const good = wideBatch(1, 2, false);

    for (const count of [0, 1, 32, 33, 200]) {
      const bag = jaggedFrom([Array.from({ length: count }, (_, i) => i), [5]]);
      const batch = { ...good, bags: good.bags.map((other, f) => (f === 4 ? bag : other)) };
      expect(predictions(plan, { ...batch, size: 1 })[0]).toBe(predictions(plan, batch)[0]);
    }
  });

  test("says where its time went, and only once", async () => {
    const plan = await compile(packModel(wideSpec(), wideState(wideSpec())));
    predictions(plan, wideBatch(0, 200, false));

    const first = plan.stageSeconds?.() ?? {};
    const second = plan.stageSeconds?.() ?? {};

    expect(plan.backend).toBe("native");
    expect(Object.keys(first)).toContain("top forward");
    expect(Object.values(first).every((seconds) => seconds > 0)).toBe(true);
    expect(second).toStrictEqual({});
  });
});

const FORMATS: readonly RowFormat[] = BIT_WIDTHS.flatMap((bits) =>
  SCHEMES.filter((scheme) => !isDeadZone(scheme) || isDeadZoneWidth(bits)).flatMap((scheme) =>
    ([{ kind: "table" }, { kind: "row" }, { kind: "group", groupCols: 5 }] as const).flatMap((granularity) =>
      [3, 16, 32].map((cols) => ({ bits, scheme, granularity, cols })),
    ),
  ),
);

/** A model whose logit is one column of its table's vector: every other weight is zero. */
function columnModel(format: RowFormat, pooling: "sum" | "mean", column: number): PackedModel {
  const { cols } = format;
  const random = createRandom({ seed: cols, stream: format.bits });
  const weights = Float32Array.from({ length: 20 * cols }, () => random.normal());
  const zeros = (count: number): Float32Array => new Float32Array(count);
  const spec: ModelSpec = {
    ...wideSpec(),
    denseFeatures: 1,
    tables: [
      { name: "only", rows: 20, cols, quantization: { kind: "none" }, poolingWeights: "none" as const },
    ],
    features: [{ kind: "table", table: 0, pooling }],
    bottom: [{ inputs: 1, outputs: cols, activation: "relu" }],
    interaction: { kind: "cat", itself: false },
    top: [{ inputs: 2 * cols, outputs: 1, activation: "none" }],
  };
  const top = zeros(2 * cols);
  top[cols + column] = 1;
  return {
    spec,
    tables: [packRows(format, 20, weights)],
    poolingWeights: [zeros(0)],
    bottom: [{ weight: zeros(cols), bias: zeros(cols) }],
    top: [{ weight: top, bias: zeros(1) }],
    projections: [],
  };
}

function columnBatch(weighted: boolean): Batch {
  const random = createRandom({ seed: 9, stream: 9 });
  const counts = [1, 0, 3, 2, 1, 4];
  const offsets = Int32Array.of(0, 1, 1, 4, 6, 7, 11);
  const indices = Int32Array.from({ length: 11 }, () => random.integer(20));
  const weights = Float32Array.from({ length: 11 }, () => random.normal());
  return {
    size: counts.length,
    dense: new Float32Array(counts.length),
    labels: new Float32Array(counts.length),
    bags: [weighted ? { indices, offsets, weights } : { indices, offsets }],
  };
}

suite("rows that are read in place", () => {
  test.each(FORMATS)(
    "are those of the reference: $bits bits, $scheme, by $granularity.kind, $cols columns",
    async (format) => {
      for (const isa of isas) {
        const backend = await backendUnderTest({ threads: 1, isa });
        for (const pooling of ["sum", "mean"] as const) {
          const model = columnModel(format, pooling, format.cols - 1);
          const plan = compileInference(model, createKernels([backend]), { maxBatch: 6 });
          expect(plan.backend).toBe("native");
          const expected = compileInference(model, createKernels([reference]), { maxBatch: 6 });
          for (const weighted of [false, true]) {
            const batch = columnBatch(weighted);
            const actual = predictions(plan, batch);
            // One rounding of the same number: the exponentials of two libraries may differ in their last bit.
            predictions(expected, batch).forEach((p, s) =>
              expect(Math.abs(actual[s] - p)).toBeLessThanOrEqual(p * 2 ** -23),
            );
          }
        }
      }
    },
  );
});

interface Refusal {
  readonly what: string;
  readonly code: ErrorCode;
  readonly batch: (good: Batch) => Batch;
}

function lastBag(good: Batch, change: Partial<Batch["bags"][number]>): Batch {
  return { ...good, bags: good.bags.map((bag, f) => (f === 25 ? { ...bag, ...change } : bag)) };
}

function offsetsOf(good: Batch, change: (offset: number, b: number) => number): Batch {
  return lastBag(good, { offsets: good.bags[25].offsets.map(change) });
}

function indicesOf(good: Batch, index: number): Batch {
  return lastBag(good, { indices: good.bags[25].indices.map((row, i) => (i === 66 ? index : row)) });
}

function transferred(array: Float32Array): Float32Array {
  const copy = array.slice();
  structuredClone(copy.buffer, { transfer: [copy.buffer] });
  return copy;
}

/** ES2024 has resizable buffers; the library of types that the repository compiles with is ES2023. */
function resizable(bytes: number): ArrayBuffer & { resize(bytes: number): void } {
  return Reflect.construct(ArrayBuffer, [bytes, { maxByteLength: 2 * bytes }]) as ReturnType<
    typeof resizable
  >;
}

function transfer(buffer: ArrayBuffer): void {
  structuredClone(buffer, { transfer: [buffer] });
}

function shrink(buffer: ArrayBuffer & { resize(bytes: number): void }): void {
  buffer.resize(4);
}

const REFUSALS: readonly Refusal[] = [
  {
    what: "dense features that are too short",
    code: "SHAPE",
    batch: (b) => ({ ...b, dense: b.dense.slice(1) }),
  },
  {
    what: "dense features that were transferred",
    code: "SHAPE",
    batch: (b) => ({ ...b, dense: transferred(b.dense) }),
  },
  {
    what: "a dense feature that is NaN",
    code: "NON_FINITE",
    batch: (b) => ({ ...b, dense: b.dense.map((v, i) => (i === 907 ? Number.NaN : v)) }),
  },
  { what: "a feature too few", code: "SHAPE", batch: (b) => ({ ...b, bags: b.bags.slice(1) }) },
  {
    what: "offsets that are too short",
    code: "SHAPE",
    batch: (b) => lastBag(b, { offsets: b.bags[25].offsets.slice(1) }),
  },
  {
    what: "weights that are too short",
    code: "SHAPE",
    batch: (b) => lastBag(b, { weights: new Float32Array(69) }),
  },
  { what: "no weights at all", code: "SHAPE", batch: (b) => lastBag(b, { weights: new Float32Array(0) }) },
  {
    what: "indices that are too short",
    code: "VALUE",
    batch: (b) => lastBag(b, { indices: b.bags[25].indices.slice(1) }),
  },
  { what: "an offset that falls", code: "VALUE", batch: (b) => offsetsOf(b, (o, i) => (i === 66 ? 3 : o)) },
  { what: "a negative offset", code: "VALUE", batch: (b) => offsetsOf(b, (o) => o - 1) },
  {
    what: "an offset at the lowest number",
    code: "VALUE",
    batch: (b) => offsetsOf(b, (o, i) => (i === 1 ? -(2 ** 31) : o)),
  },
  {
    what: "an offset at the highest number",
    code: "VALUE",
    batch: (b) => offsetsOf(b, (o, i) => (i === 70 ? 2 ** 31 - 1 : o)),
  },
  { what: "an index past the table", code: "INDEX_RANGE", batch: (b) => indicesOf(b, ROWS) },
  { what: "a negative index", code: "INDEX_RANGE", batch: (b) => indicesOf(b, -1) },
  { what: "the highest index", code: "INDEX_RANGE", batch: (b) => indicesOf(b, 2 ** 31 - 1) },
  { what: "no samples", code: "VALUE", batch: (b) => ({ ...b, size: 0 }) },
  { what: "half a sample", code: "VALUE", batch: (b) => ({ ...b, size: 1.5 }) },
  { what: "more samples than it was compiled for", code: "LIMIT", batch: (b) => ({ ...b, size: 301 }) },
];

suite.each(PRODUCTS)("a plan of %s products refuses", (products) => {
  const spec = wideSpec({}, int4);
  const model = packModel(spec, wideState(spec));

  test.each(REFUSALS)("$what, and serves what comes next", async ({ batch, code }) => {
    for (const threads of [1, 2]) {
      const plan = await compile(model, { products, threads });
      const good = wideBatch(1, 70, false);
      const before = predictions(plan, good);

      expectRefusal(code, () => predictions(plan, batch(good)));

      expect(predictions(plan, good)).toStrictEqual(before);
    }
  });

  test("a single sample that is wrong, and serves what comes next", async () => {
    const plan = await compile(model, { products });
    const good = wideBatch(1, 1, false);
    const before = predictions(plan, good);
    const last = (change: Partial<Jagged>): Batch => ({
      ...good,
      bags: good.bags.map((bag, f) => (f === 25 ? { ...bag, ...change } : bag)),
    });

    for (const [code, batch] of [
      ["INDEX_RANGE", last({ indices: Int32Array.of(ROWS) })],
      ["INDEX_RANGE", last({ indices: Int32Array.of(-1) })],
      ["VALUE", last({ offsets: Int32Array.of(1, 0) })],
      ["VALUE", last({ offsets: Int32Array.of(0, 2) })],
      ["VALUE", last({ offsets: Int32Array.of(-1, 1) })],
      ["SHAPE", last({ offsets: new Int32Array(1) })],
      ["NON_FINITE", { ...good, dense: good.dense.map(() => Number.NaN) }],
      ["SHAPE", { ...good, dense: new Float32Array(12) }],
    ] as const) {
      expectRefusal(code, () => predictions(plan, batch));
      expect(predictions(plan, good)).toStrictEqual(before);
    }
  });

  test("a place for predictions that is too short, or was transferred", async () => {
    const plan = await compile(model, { products });
    const batch = wideBatch(1, 70, false);

    for (const dst of [new Float32Array(69), transferred(new Float32Array(70))]) {
      expectRefusal("SHAPE", () => {
        plan.infer(batch, dst);
      });
    }
  });

  test("arrays that lost their memory since the last call, whatever length they claim", async () => {
    for (const lose of [transfer, shrink]) {
      const plan = await compile(model, { products });
      const batch = wideBatch(1, 70, false);
      const buffer = resizable(batch.dense.byteLength);
      const dense = new Float32Array(buffer);
      dense.set(batch.dense);
      expect(predictions(plan, { ...batch, dense })).toStrictEqual(predictions(plan, batch));

      Object.defineProperty(dense, "length", { value: batch.dense.length });
      predictions(plan, { ...batch, dense });
      lose(buffer);

      expectRefusal("NON_FINITE", () => predictions(plan, { ...batch, dense }));
    }
  });

  test("tables whose memory was transferred", async () => {
    const [first, ...others] = model.tables;
    if (first instanceof Float32Array) throw new Error("the table is packed");
    const codes = first.codes.slice();
    const plan = await compile({ ...model, tables: [{ ...first, codes }, ...others] }, { products });
    structuredClone(codes.buffer, { transfer: [codes.buffer] });

    expectRefusal("STATE", () => predictions(plan, wideBatch(1, 70, false)));
  });
});

function expectRefusal(code: ErrorCode, act: () => void): void {
  expect(act).toThrow(expect.toSatisfy((error: unknown) => isDqrmError(error, code)));
}
