import { describe, expect, test } from "vitest";
import { jaggedFrom } from "@dqrm/core";
import { packedTable, qatTable, type QatTableOptions } from "@dqrm/embedding";

const small = {
  rows: 3,
  cols: 2,
  pooling: "sum",
  optimizer: { kind: "sgd" },
  bits: 4,
  granularity: { kind: "table" },
  refresh: { kind: "every-step" },
} as const;

function table(options: Partial<QatTableOptions> = {}) {
  return qatTable({ ...small, weights: Float32Array.of(14, 3, -5, 0.9, 7, -14), ...options });
}

describe("forward", () => {
  test("quantizes each row before pooling", () => {
    const vectors = new Float32Array(4);

    table().forward(jaggedFrom([[0, 1], [2]]), vectors);

    // scale 14/7 = 2; 3/2 = 1.5 and -5/2 = -2.5 round to even: 2 and -2; 0.9/2 rounds to 0; 7/2 = 3.5 rounds to 4
    expect([...vectors]).toEqual([14 - 4, 4 + 0, 8, -14]);
  });

  test("takes the mean over the indices and weighs them", () => {
    const vectors = new Float32Array(2);

    table({ pooling: "mean" }).forward(
      { ...jaggedFrom([[0, 1]]), weights: Float32Array.of(0.5, 2) },
      vectors,
    );

    // (0.5·14 + 2·(−4))/2 and (0.5·4 + 2·0)/2
    expect([...vectors]).toEqual([-0.5, 1]);
  });

  test("of an empty bag is zero", () => {
    const vectors = Float32Array.of(9, 9);

    table().forward(jaggedFrom([[]]), vectors);

    expect([...vectors]).toEqual([0, 0]);
  });
});

describe("scale", () => {
  const shrink = Float32Array.of(7, 0, 0, 0, 0, -7);
  const touched = jaggedFrom([[0], [1], [2]]);

  test("follows every step exactly", () => {
    const t = table();
    const vectors = new Float32Array(6);
    const before = t.scale;

    t.forward(touched, vectors);
    t.apply(t.backward(touched, shrink), 1);
    t.forward(touched, vectors);

    // The peaks 14 and −14 became 7 and −7, as is the 7 of row 2: 7/7.
    expect([before, t.scale, t.step]).toEqual([2, 1, 1]);
  });

  test("stays for a period and then follows", () => {
    const t = table({ refresh: { kind: "periodic", periodSteps: 2 } });
    const vectors = new Float32Array(6);
    const scales: number[] = [];

    for (let step = 0; step < 3; step++) {
      t.forward(touched, vectors);
      scales.push(t.scale);
      t.apply(t.backward(touched, step === 0 ? shrink : new Float32Array(6)), 1);
    }

    expect(scales).toEqual([2, 2, 1]);
  });

  test("is chosen once and kept", () => {
    const t = table({ refresh: { kind: "once" } });
    const vectors = new Float32Array(6);

    t.apply(t.backward(touched, shrink), 1);
    t.forward(touched, vectors);

    expect(t.scale).toBe(2);
  });

  test("of a lookup between steps is the one of the next step when it is exact, else the one in use", () => {
    const exact = table();
    const stale = table({ refresh: { kind: "periodic", periodSteps: 1 } });
    const vectors = new Float32Array(6);

    for (const t of [exact, stale]) {
      t.apply(t.backward(touched, shrink), 1);
      t.lookup(touched, vectors);
    }

    expect([exact.scale, stale.scale]).toEqual([1, 2]);
  });

  test("goes on where an earlier training stood", () => {
    const t = table({ refresh: { kind: "periodic", periodSteps: 2 }, resume: { step: 1, scale: 4 } });
    const vectors = new Float32Array(6);

    t.forward(touched, vectors);

    expect([t.scale, t.step]).toEqual([4, 1]);
  });

  test("is read anew after weights were loaded", () => {
    const t = table();
    t.weights.fill(0.5);
    t.weights[3] = -21;

    t.reload();
    t.lookup(touched, new Float32Array(6));

    expect(t.scale).toBe(3);
  });
});

test("backward passes the gradient straight through, each row once", () => {
  const t = table();
  const bags = jaggedFrom([[2, 0, 2], [0]]);

  const { rows, values, count } = t.backward(bags, Float32Array.of(1, 2, 10, 20));

  expect([...rows.subarray(0, count)]).toEqual([2, 0]);
  expect([...values.subarray(0, 2 * count)]).toEqual([2, 4, 11, 22]);
});

test("pack gives the table that lookups agree with", () => {
  const t = table();
  const bags = jaggedFrom([[0, 1, 1], [2]]);
  const trained = new Float32Array(4);
  const served = new Float32Array(4);

  t.lookup(bags, trained);
  packedTable(t.pack(), { pooling: "sum" }).lookup(bags, served);

  expect([...served]).toEqual([...trained]);
  // 7 → code 15, 2 → 10; −2 → 6, 0 → 8; 4 → 12, −7 → 1
  expect([...t.pack().codes]).toEqual([0xaf, 0x86, 0x1c]);
});

describe("refuses", () => {
  test("a refresh policy that scales of rows would not follow", () => {
    expect(() => table({ granularity: { kind: "row" }, refresh: { kind: "once" } })).toThrow(
      'refresh is once, expected "every-step", as scales of granularity "row" follow their rows',
    );
  });

  test.each([0, -1, 1.5, Number.NaN])("a period of %s steps", (periodSteps) => {
    expect(() => table({ refresh: { kind: "periodic", periodSteps } })).toThrow("an integer >= 1");
  });

  test("weights of another length", () => {
    expect(() => table({ weights: new Float32Array(5) })).toThrow("weights has 5 elements, expected 6");
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("a weight that is %s", (bad) => {
    expect(() => table({ weights: Float32Array.of(1, 2, 3, bad, 5, 6) })).toThrow(
      `table weight: value ${bad} at position 3`,
    );
  });

  test("a gradient that is NaN, before any row changes", () => {
    const t = table();
    const before = [...t.weights];
    const gradient = t.backward(jaggedFrom([[0], [1]]), Float32Array.of(1, 1, 1, Number.NaN));

    expect(() => {
      t.apply(gradient, 1);
    }).toThrow("expected a finite number");

    expect([...t.weights]).toEqual(before);
    expect(t.step).toBe(0);
  });

  test("to resume with a scale that is not positive", () => {
    expect(() => table({ resume: { step: 3, scale: 0 } })).toThrow("the step and scale of a table");
  });
});
