import {
  allocateModelState,
  compileTraining,
  createArena,
  createKernels,
  reference,
  storedRows,
  type Arena,
  type ModelSpec,
  type ModelState,
  type RowGradient,
  type TrainingPlan,
} from "@dqrm/core";
import { describe, expect, test } from "vitest";
import {
  allocateSnapshot,
  byteReport,
  copyWeights,
  decodeModelState,
  encodeModelState,
  initModelState,
  joinBytes,
} from "../src/index.ts";
import { randomBatch, randomState, smallSpec, stateBits, storedSpec } from "./model-cases.ts";

const kernels = createKernels([reference]);
const BATCH = 9;
const stochastic = { kind: "stochastic", seed: 11 } as const;
const int8 = { kind: "stored", bits: 8, rounding: stochastic, step: { kind: "absmax" } } as const;

const optimizers = [
  { kind: "sgd" },
  { kind: "adagrad", epsilon: 1e-10 },
  { kind: "rowwise-adagrad", epsilon: 1e-10 },
] as const;

/** The same model in floats, with the rows that the codes stand for. */
function floatTwin(
  spec: ModelSpec,
  state: ModelState,
): { readonly spec: ModelSpec; readonly state: ModelState } {
  const twin = {
    ...spec,
    tables: spec.tables.map((t) => ({ ...t, quantization: { kind: "none" } as const })),
  };
  const floats = allocateModelState(twin, createArena(1 << 16));
  copyWeights({ ...state, tables: floats.tables }, floats);
  spec.tables.forEach(({ quantization, ...table }, t) => {
    if (quantization.kind !== "stored") throw new Error("every table of this model is stored");
    const packed = storedRows({ ...table, quantization }, state.tables[t]);
    kernels.prepare("dequantizeRows", packed.format)(packed, floats.tables[t].weights, 0, table.rows);
    floats.tables[t].poolingWeights.set(state.tables[t].poolingWeights);
  });
  return { spec: twin, state: floats };
}

function rowsOf({ cols, count, rows, values }: RowGradient): readonly (readonly number[])[] {
  return [[...rows.subarray(0, count)], [...values.subarray(0, count * cols)]];
}

function gradientsOf({ gradients }: TrainingPlan): unknown {
  const { tables, poolingWeights, ...layers } = gradients;
  return { tables: tables.map(rowsOf), poolingWeights: poolingWeights.map(rowsOf), ...layers };
}

describe("a table that exists as codes only", () => {
  test("gives the loss and every gradient of a float table with the rows that the codes stand for", () => {
    const spec = storedSpec({ kind: "sgd" });
    const state = randomState(spec, 5);
    const twin = floatTwin(spec, state);
    const batch = randomBatch(spec, BATCH, 6);
    const stored = compileTraining(spec, state, kernels, { maxBatch: BATCH });
    const floats = compileTraining(twin.spec, twin.state, kernels, { maxBatch: BATCH });

    const losses = [stored.forwardBackward(batch), floats.forwardBackward(batch)];

    expect(losses[0]).toBe(losses[1]);
    expect(gradientsOf(stored)).toEqual(gradientsOf(floats));
  });

  test.each(optimizers)("comes to the same bits from the same seed under $kind", (optimizer) => {
    const spec = storedSpec(optimizer);
    const trained = (model: ModelSpec): ReadonlyMap<string, string> => {
      const state = randomState(model, 5);
      const plan = compileTraining(model, state, kernels, { maxBatch: BATCH });
      for (let k = 0; k < 5; k++) plan.step(randomBatch(model, BATCH, 100 + k), 0.1);
      return stateBits(model, state);
    };

    expect(trained(spec)).toEqual(trained(spec));
    expect(trained(storedSpec(optimizer, { rounding: { kind: "stochastic", seed: 12 } }))).not.toEqual(
      trained(spec),
    );
  });

  test("starts as its float twin, rounded to nearest, also where it is filled in several parts", () => {
    const rows = 30_000;
    const model = (quantization: ModelSpec["tables"][number]["quantization"]): ModelSpec => {
      const spec = smallSpec([quantization]);
      return { ...spec, tables: spec.tables.map((table) => ({ ...table, rows })) };
    };
    const compatibility = { quotientRemainderInit: false, saturatingLoss: false };

    for (const kind of ["uniform", "normal"] as const) {
      const init = { seed: 3, embeddingInit: { kind, std: 0.01 }, compatibility };
      const stored = initModelState(model(int8), { ...init, arena: createArena(1 << 16) });
      const floats = initModelState(model({ kind: "none" }), { ...init, arena: createArena(1 << 16) });
      const { cols } = model(int8).tables[0];
      const packed = storedRows({ rows, cols, quantization: int8 }, stored.tables[0]);
      const weights = new Float32Array(rows * cols);
      kernels.prepare("dequantizeRows", packed.format)(packed, weights, 0, rows);

      const worst = weights.reduce((most, weight, i) => {
        const steps = Math.abs(weight - floats.tables[0].weights[i]) / packed.scale[Math.floor(i / cols)];
        return Math.max(most, steps);
      }, 0);
      // Half a step, and three roundings to f32 of codes up to 128.
      expect(worst).toBeLessThanOrEqual(0.5 + 128 * 3 * 2 ** -24);
      expect(stored.bottom).toEqual(floats.bottom);
    }
  });
});

describe("a checkpoint of stored tables", () => {
  const spec = storedSpec({ kind: "sgd" });

  test("holds codes and scales where others hold masters", () => {
    const { model, optimizer } = encodeModelState(spec, randomState(spec, 5));

    const names = model.layout.tensors.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("tables.0."))).toEqual([
      "tables.0.codes",
      "tables.0.scale",
    ]);
    expect(names.filter((name) => name.endsWith(".weights"))).toEqual([]);
    expect(optimizer.layout.tensors.map(({ name }) => name)).toEqual([]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])("with the scale %d is refused", (scale) => {
    const state = randomState(spec, 5);
    state.tables[2].scale[7] = scale;
    const files = encodeModelState(spec, state);
    const bytes = { model: joinBytes(files.model.parts), optimizer: joinBytes(files.optimizer.parts) };

    expect(() => decodeModelState({ source: "step-7", ...bytes }, 7)).toThrow(
      `step-7/model.safetensors scales of table Q: at byte 28 found ${scale}, expected finite scales >= 0`,
    );
  });
});

describe("the memory of a table of a million rows of 8 INT8 weights", () => {
  const rows = 1_000_000;
  const cols = 8;
  const base = smallSpec([int8], { optimizer: { kind: "rowwise-adagrad", epsilon: 1e-10 } });
  const spec: ModelSpec = {
    ...base,
    tables: [{ ...base.tables[0], rows, cols }],
    bottom: [{ inputs: 3, outputs: cols, activation: "relu" }],
    top: [{ inputs: cols + 1, outputs: 1, activation: "none" }],
  };

  /** An arena that tells how many bytes it handed out for tables: everything above 64 kB. */
  function countingArena(): { readonly arena: Arena; readonly tableBytes: () => number } {
    const inner = createArena(1 << 20);
    let bytes = 0;
    const count = <A extends { readonly byteLength: number }>(array: A): A => {
      if (array.byteLength > 1 << 16) bytes += array.byteLength;
      return array;
    };
    const arena: Arena = {
      float32: (length) => count(inner.float32(length)),
      int32: (length) => count(inner.int32(length)),
      uint8: (length) => count(inner.uint8(length)),
      get usedBytes() {
        return inner.usedBytes;
      },
    };
    return { arena, tableBytes: () => bytes };
  }

  test("is its codes, a scale for each row and the optimizer's numbers, in the state", () => {
    const { arena, tableBytes } = countingArena();

    const state = allocateModelState(spec, arena);

    expect(tableBytes()).toBe(rows * (cols + 4) + rows * 4);
    expect(state.tables[0].weights.length + state.tables[0].range.tree.length).toBeLessThan(8);
  });

  test("does not grow by more than a chunk while it is filled, trained and remembered", () => {
    const compatibility = { quotientRemainderInit: false, saturatingLoss: false };
    const init = { seed: 1, embeddingInit: { kind: "uniform", std: 0 }, compatibility } as const;
    const batch = randomBatch(spec, BATCH, 2);
    const arena = createArena(1 << 16);
    const memory = (): number => {
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    const before = memory();

    const state = initModelState(spec, { ...init, arena });
    const plan = compileTraining(spec, state, kernels, { maxBatch: BATCH });
    for (let k = 0; k < 3; k++) plan.step(batch, 0.1);
    const snapshot = allocateSnapshot(spec, arena);
    copyWeights(state, snapshot);

    const table = rows * (cols + 4);
    // The state with its optimizer, and the snapshot without one; 16 MB for all that is not a table, garbage included.
    // A float copy of the table alone would be 32 MB.
    expect(memory() - before).toBeLessThan(table + rows * 4 + table + (16 << 20));
    expect(arena.usedBytes).toBeLessThan(table + rows * 4 + table + (1 << 16));
  });

  test("is reported as it is served", () => {
    const { scaleBytes, bytes } = byteReport(spec, 0).tables[0];

    expect([bytes, scaleBytes]).toEqual([rows * cols, rows * 4]);
  });
});
