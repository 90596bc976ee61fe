import {
  allocateRows,
  createBlockRange,
  createRandom,
  DqrmError,
  isDeadZone,
  isDeadZoneWidth,
  reference,
  scanRange,
} from "@dqrm/core";
import type { BitWidth, KernelBackend, OpName, OpSpec, PackedRows, RowFormat } from "@dqrm/core";
import { expect, test } from "vitest";
import { createBackend } from "../src/backend.ts";
import { createRuntime } from "../src/runtime/runtime.ts";
import { trainingModule, type TrainingExports } from "../src/training.generated.ts";
import { inPlaceBackend } from "./in-place-backend.ts";

/** Rows of 24 numbers that are copied in several parts: each part is about 256 kB. */
const ROWS = 5501;
const COLS = 24;
const BEGIN = 5;
const BAGS = 3500;

const runtime = await createRuntime<TrainingExports>({ module: trainingModule, threads: 1 });
const backend = createBackend(runtime);
const backends = { copied: backend, "in place": inPlaceBackend(runtime, backend) };

function normals(seed: number, length: number): Float32Array {
  const random = createRandom({ seed, stream: 0 });
  const few = Float32Array.from({ length: 9973 }, () => random.normal());
  return Float32Array.from({ length }, (_, i) => few[i % few.length]);
}

function integers(seed: number, length: number, bound: number): Int32Array {
  const random = createRandom({ seed, stream: 1 });
  return Int32Array.from({ length }, () => random.integer(bound));
}

/** Bags of 0 to 3 rows. */
function bagsOf(count: number) {
  const offsets = new Int32Array(count + 1);
  for (let bag = 0; bag < count; bag++) offsets[bag + 1] = offsets[bag] + ((bag * 7) % 4);
  const length = offsets[count];
  return { indices: integers(3, length, ROWS), offsets, weights: normals(4, length) };
}

function packed(format: RowFormat): PackedRows {
  const rows = allocateRows(format, ROWS);
  rows.codes.forEach((_, i) => (rows.codes[i] = (i * 37) % 256));
  rows.scale.set(normals(5, rows.scale.length).map((x) => Math.abs(x) + 0.01));
  const biases = normals(6, rows.bias.length);
  rows.bias.set(isDeadZone(format.scheme) ? biases.map((x) => Math.abs(x) / 8) : biases);
  return rows;
}

interface Call {
  readonly name: string;
  run(of: KernelBackend): unknown;
}

function call<K extends OpName>(op: K, spec: OpSpec<K>, values: () => readonly unknown[]): Call {
  return {
    name: `${op} ${JSON.stringify(spec)}`,
    run(of) {
      const kernel = of.ops[op]!(spec) as (...values: readonly unknown[]) => unknown;
      const given = values();
      return [kernel(...given), given];
    },
  };
}

const granularities = [{ kind: "table" }, { kind: "row" }, { kind: "group", groupCols: 10 }] as const;
const schemes = ["symmetric", "asymmetric", "dead-zone-log"] as const;
const formats = ([1, 3, 4, 8, 16] as const satisfies readonly BitWidth[]).flatMap((bits) =>
  granularities.flatMap((granularity) =>
    (isDeadZoneWidth(bits) ? schemes : schemes.slice(0, 2)).map((scheme): RowFormat => {
      // Sixteens of 4 and 8 bits have loops of their own.
      const cols = (bits === 4 || bits === 8) && granularity.kind !== "group" ? 16 : COLS;
      return { bits, cols, scheme, granularity };
    }),
  ),
);
const key = { seed: 11, stream: 13 };
const placement = { stride: COLS + 3, offset: 2 };
const bag = { cols: COLS, pooling: "mean", ...placement } as const;

function rowCalls(format: RowFormat): readonly Call[] {
  const { bits, cols } = format;
  const floats = (): Float32Array => normals(7, ROWS * cols);
  const spec = { format, pooling: "sum", ...placement } as const;
  return [
    call("quantizeRows", { format, rounding: "nearest" }, () => [floats(), packed(format), key, BEGIN, ROWS]),
    call("quantizeRows", { format, rounding: "stochastic" }, () => [
      floats(),
      packed(format),
      key,
      BEGIN,
      ROWS,
    ]),
    call("dequantizeRows", format, () => [packed(format), floats(), BEGIN, ROWS]),
    call("chooseScale", format, () => {
      const { scale, bias } = packed(format);
      return [floats(), scale, bias, BEGIN, ROWS];
    }),
    call("fakeQuantizeRows", format, () => {
      const { scale, bias } = packed(format);
      return [floats(), scale, bias, floats(), BEGIN, ROWS];
    }),
    call("embeddingBagPacked", spec, () => [
      packed(format),
      bagsOf(BAGS),
      normals(1, BAGS * 27),
      BEGIN,
      BAGS,
    ]),
    call("unpackCodes", { bits, cols }, () => [
      packed(format).codes,
      new Uint16Array(ROWS * cols),
      BEGIN,
      ROWS,
    ]),
    call("packCodes", { bits, cols }, () => {
      const codes = new Uint16Array(ROWS * cols).map((_, i) => (i * 7919) % 2 ** bits);
      return [codes, packed(format).codes, BEGIN, ROWS];
    }),
  ];
}

function rowGradient() {
  const rows = Int32Array.from({ length: 3000 }, (_, k) => (k * 4) % ROWS);
  return { cols: COLS, count: 1370, rows, values: normals(8, 3000 * COLS), slots: new Int32Array(2) };
}

function rangedTable() {
  const table = normals(2, ROWS * COLS);
  const range = createBlockRange(ROWS);
  scanRange(table, ROWS, COLS, range);
  return { table, range };
}

const optimizers = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 0 },
  { kind: "rowwise-adagrad", epsilon: 1e-8 },
] as const;
const exact: readonly Call[] = [
  ...formats.flatMap(rowCalls),
  call("embeddingBag", bag, () => [
    normals(1, ROWS * COLS),
    ROWS,
    bagsOf(BAGS),
    normals(2, BAGS * 27),
    BEGIN,
    BAGS,
  ]),
  ...granularities.map((granularity) =>
    call("embeddingBagFakeQuant", { ...bag, bits: 4, granularity }, () => [
      normals(1, ROWS * COLS),
      ROWS,
      Float32Array.of(0.3),
      bagsOf(BAGS),
      normals(2, BAGS * 27),
      BEGIN,
      BAGS,
    ]),
  ),
  call("embeddingBagWeightGradient", bag, () => [
    normals(1, BAGS * 27),
    normals(2, ROWS * COLS),
    ROWS,
    bagsOf(BAGS),
    normals(3, bagsOf(BAGS).indices.length),
    BEGIN,
    BAGS,
  ]),
  ...optimizers.flatMap((optimizer) => [
    call("updateRows", { cols: COLS, optimizer }, () => {
      const { table, range } = rangedTable();
      const state = normals(9, ROWS * COLS).map(Math.abs);
      return [table, ROWS, state, rowGradient(), 0.1, range, BEGIN, 1370];
    }),
    call("updateDense", { optimizer }, () => {
      const state = normals(9, ROWS * COLS).map(Math.abs);
      return [normals(1, ROWS * COLS), normals(2, ROWS * COLS), state, 0.1, BEGIN, ROWS * COLS];
    }),
  ]),
  call("absmax", {}, () => [normals(1, ROWS * COLS), BEGIN, ROWS * COLS]),
  ...(["relu", "sigmoid"] as const).map((activation) =>
    call("activationBackward", { activation }, () => [
      normals(1, ROWS * COLS),
      normals(2, ROWS * COLS),
      BEGIN,
      ROWS * COLS,
    ]),
  ),
];

/** Says where two results differ, bit for bit, or undefined. */
function findDifference(found: unknown, expected: unknown, path = "result"): string | undefined {
  if (ArrayBuffer.isView(found) && ArrayBuffer.isView(expected)) {
    // The wrapper of gradients makes them longer.
    const bytes = bufferOf(found).subarray(0, expected.byteLength);
    if (bytes.equals(bufferOf(expected))) return undefined;
    const at = bytes.findIndex((byte, i) => byte !== bufferOf(expected)[i]);
    return `${path} differs at byte ${at} of ${expected.byteLength}`;
  }
  if (typeof found !== "object" || found === null || typeof expected !== "object" || expected === null) {
    return Object.is(found, expected)
      ? undefined
      : `${path} is ${String(found)}, expected ${String(expected)}`;
  }
  const fields = Object.entries(expected).map(([name, value]) =>
    findDifference((found as Record<string, unknown>)[name], value, `${path}.${name}`),
  );
  return fields.find((difference) => difference !== undefined);
}

function bufferOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

test.each(exact)("arrays of several parts give the reference's bits: $name", ({ run }) => {
  const expected = run(reference);

  const differences = Object.entries(backends).map(([how, of]) => findDifference(run(of), expected, how));

  expect(differences).toEqual([undefined, undefined]);
});

function positionOf(code: string, run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    if (error instanceof DqrmError && error.code === code)
      return (error.details as { position?: unknown }).position;
    throw error;
  }
  return undefined;
}

test("a weight without a code is found in a later part, at its own position", () => {
  const format = { bits: 4, cols: COLS, scheme: "symmetric", granularity: { kind: "table" } } as const;
  const src = normals(1, ROWS * COLS);
  const place = (ROWS - 3) * COLS + 7;
  src[place] = Number.NaN;
  const quantize = backend.ops.quantizeRows!({ format, rounding: "nearest" })!;

  const position = positionOf("NON_FINITE", () => quantize(src, packed(format), key, 0, ROWS));

  expect(position).toBe(place);
});

test("an index outside the table is found in a later part, at its own position", () => {
  const bags = bagsOf(BAGS);
  const place = bags.indices.length - 2;
  bags.indices[place] = ROWS;
  const lookUp = backend.ops.embeddingBag!(bag)!;
  const table = normals(1, ROWS * COLS);

  const position = positionOf("INDEX_RANGE", () =>
    lookUp(table, ROWS, bags, new Float32Array(BAGS * 27), 0, BAGS),
  );

  expect(position).toBe(place);
});
