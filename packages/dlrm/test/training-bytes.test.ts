import { allocateModelState, createArena, type ModelSpec } from "@dqrm/core";
import { expect, test } from "vitest";
import { trainingBytes } from "../src/index.ts";
import { mixedSpec, stateArrays, storedSpec } from "./model-cases.ts";

/** The bytes of every array that training keeps, but the one scale of a table with weights. */
function allocated(spec: ModelSpec): number {
  const state = allocateModelState(spec, createArena(1 << 16));
  const bytes = [...stateArrays(spec, state).values()].reduce((sum, array) => sum + array.byteLength, 0);
  return bytes - 4 * spec.tables.filter(({ quantization }) => quantization.kind !== "stored").length;
}

test.each([
  ["masters, sgd", mixedSpec({ kind: "sgd" })],
  ["masters, adagrad", mixedSpec({ kind: "adagrad", epsilon: 1e-10 })],
  ["codes, sgd", storedSpec({ kind: "sgd" }, { bits: 5 })],
  ["codes, adagrad", storedSpec({ kind: "adagrad", epsilon: 1e-10 })],
  ["codes, rowwise-adagrad", storedSpec({ kind: "rowwise-adagrad", epsilon: 1e-10 })],
])("the bytes of training are those of the arrays that it keeps: %s", (_, spec) => {
  const { layers, optimizer, stored, total, weights } = trainingBytes(spec);

  expect(total).toBe(allocated(spec));
  expect(weights + stored + optimizer + layers).toBe(total);
});
