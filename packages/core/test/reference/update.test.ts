import { describe, expect, it } from "vitest";
import {
  createKernels,
  createRowGradient,
  reference,
  type OptimizerSpec,
  type RowGradient,
} from "@dqrm/core";

const kernels = createKernels([reference]);
const sgd: OptimizerSpec = { kind: "sgd" };
const adagrad: OptimizerSpec = { kind: "adagrad", epsilon: 0 };
const rowwise: OptimizerSpec = { kind: "rowwise-adagrad", epsilon: 0 };
const none = new Float32Array(0);

function gradientOf(rows: number[], values: number[]): RowGradient {
  const gradient = createRowGradient(2, rows.length);
  gradient.rows.set(rows);
  gradient.values.set(values);
  gradient.count = rows.length;
  return gradient;
}

describe("optimizers", () => {
  const refused = ["adagrad", "rowwise-adagrad"].flatMap((kind) =>
    [Number.NaN, -1, Number.POSITIVE_INFINITY].map((epsilon) => [kind, epsilon] as const),
  );

  it.each(refused)("of kind %s refuse an epsilon of %s", (kind, epsilon) => {
    const optimizer = { kind: kind === "adagrad" ? "adagrad" : "rowwise-adagrad", epsilon } as const;

    expect(() => kernels.prepare("updateRows", { cols: 2, optimizer })).toThrow(
      `updateRows: epsilon is ${epsilon}, expected a finite number >= 0`,
    );
    expect(() => kernels.prepare("updateDense", { optimizer })).toThrow(
      `updateDense: epsilon is ${epsilon}, expected a finite number >= 0`,
    );
  });

  it.each([adagrad, rowwise])(
    "leave a weight whose gradients were all zero, without an epsilon: %j",
    (optimizer) => {
      const table = Float32Array.of(1, 2);

      kernels.prepare("updateRows", { cols: 2, optimizer })(
        table,
        1,
        new Float32Array(optimizer.kind === "adagrad" ? 2 : 1),
        gradientOf([0], [0, 0]),
        1,
        undefined,
        0,
        1,
      );

      expect([...table]).toEqual([1, 2]);
    },
  );
});

describe("updateRows", () => {
  it("steps the rows of its part against their gradients", () => {
    const table = Float32Array.of(1, 1, 2, 2, 3, 3);

    kernels.prepare("updateRows", { cols: 2, optimizer: sgd })(
      table,
      3,
      none,
      gradientOf([2, 0], [9, 9, 2, 4]),
      0.5,
      undefined,
      1,
      2,
    );

    expect([...table]).toEqual([0, -1, 2, 2, 3, 3]);
  });

  it("damps each weight by the root of its squares with adagrad", () => {
    const table = Float32Array.of(0, 0, 1, 1);
    const state = Float32Array.of(0, 0, 16, 0);

    kernels.prepare("updateRows", { cols: 2, optimizer: adagrad })(
      table,
      2,
      state,
      gradientOf([1], [3, -2]),
      1,
      undefined,
      0,
      1,
    );

    // s = 16 + 9 and 4: steps of 3/5 and −2/2
    expect([...state]).toEqual([0, 0, 25, 4]);
    expect([...table]).toEqual([0, 0, Math.fround(1 - 3 / 5), 2]);
  });

  it("damps a row by the root of its mean square with rowwise-adagrad", () => {
    const table = Float32Array.of(0, 0, 1, 1);
    const state = Float32Array.of(0, 11);

    kernels.prepare("updateRows", { cols: 2, optimizer: rowwise })(
      table,
      2,
      state,
      gradientOf([1], [1, 3]),
      1,
      undefined,
      0,
      1,
    );

    // s = 11 + (1 + 9)/2 = 16: steps of 1/4 and 3/4
    expect([...state]).toEqual([0, 16]);
    expect([...table]).toEqual([0, 0, 0.75, 0.25]);
  });

  it.each([Number.NaN, Infinity, -Infinity])("changes no row when a gradient is %s", (broken) => {
    const table = Float32Array.of(1, 1, 2, 2);
    const updateRows = kernels.prepare("updateRows", { cols: 2, optimizer: sgd });

    expect(() =>
      updateRows(table, 2, none, gradientOf([0, 1], [1, 1, 1, broken]), 1, undefined, 0, 2),
    ).toThrow(`gradient: value ${broken} at position 3, expected a finite number`);
    expect([...table]).toEqual([1, 1, 2, 2]);
  });

  it.each([-1, 2])("changes no row when a gradient is for row %i", (row) => {
    const table = Float32Array.of(1, 1, 2, 2);
    const updateRows = kernels.prepare("updateRows", { cols: 2, optimizer: sgd });

    expect(() => updateRows(table, 2, none, gradientOf([0, row], [1, 1, 1, 1]), 1, undefined, 0, 2)).toThrow(
      `updateRows: index ${row} at position 1 is outside [0, 2)`,
    );
    expect([...table]).toEqual([1, 1, 2, 2]);
  });

  it("refuses a learning rate that is no number, and a state that is too short", () => {
    const gradient = gradientOf([0], [1, 1]);

    expect(() =>
      kernels.prepare("updateRows", { cols: 2, optimizer: sgd })(
        new Float32Array(2),
        1,
        none,
        gradient,
        Number.NaN,
        undefined,
        0,
        1,
      ),
    ).toThrow("updateRows: learningRate is NaN, expected a finite number");
    expect(() =>
      kernels.prepare("updateRows", { cols: 2, optimizer: rowwise })(
        new Float32Array(4),
        2,
        new Float32Array(1),
        gradient,
        1,
        undefined,
        0,
        1,
      ),
    ).toThrow("updateRows: state has 1 elements, expected 2");
  });
});

describe("updateDense", () => {
  it("steps the elements of its part", () => {
    const weight = Float32Array.of(1, 1, 1);

    kernels.prepare("updateDense", { optimizer: sgd })(weight, Float32Array.of(2, 2, 2), none, 0.25, 1, 2);

    expect([...weight]).toEqual([1, 0.5, 1]);
  });

  it.each([adagrad, rowwise])("keeps a sum of squares for each element with %j", (optimizer) => {
    const weight = Float32Array.of(1, 1);
    const state = Float32Array.of(0, 16);

    kernels.prepare("updateDense", { optimizer })(weight, Float32Array.of(2, 3), state, 1, 0, 2);

    // s = 4 and 25: steps of 1 and 3/5
    expect([...state]).toEqual([4, 25]);
    expect([...weight]).toEqual([0, Math.fround(1 - 3 / 5)]);
  });

  it("adds epsilon to the root", () => {
    const weight = Float32Array.of(0);

    kernels.prepare("updateDense", { optimizer: { kind: "adagrad", epsilon: 2 } })(
      weight,
      Float32Array.of(2),
      Float32Array.of(0),
      1,
      0,
      1,
    );

    // 2/(√4 + 2)
    expect(weight[0]).toBe(-0.5);
  });

  it("changes no element when a gradient is not finite", () => {
    const weight = Float32Array.of(1, 1);
    const updateDense = kernels.prepare("updateDense", { optimizer: sgd });

    expect(() => updateDense(weight, Float32Array.of(1, Infinity), none, 1, 0, 2)).toThrow(
      "gradient: value Infinity at position 1, expected a finite number",
    );
    expect([...weight]).toEqual([1, 1]);
  });
});
