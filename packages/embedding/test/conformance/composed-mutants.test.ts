import type { ComposedTable } from "@dqrm/embedding";
import { describe, expect, test } from "vitest";
import { composedTableCases, type ComposedSubject } from "../../src/conformance/index.ts";
import { COMPOSITIONS, openFloat, wholeNumbers } from "../composed-subjects.ts";

const composition = COMPOSITIONS["quotient-remainder mult"];

type Mutation = (table: ComposedTable, numbers: readonly Float32Array[]) => Partial<ComposedTable>;

/** Opens the product of two tables, changed by a mutation; the numbers are found by what `create` returned. */
function subjectOf(mutate: Mutation): ComposedSubject {
  const numbers = new WeakMap<object, readonly Float32Array[]>();
  return {
    name: "mutant",
    rows: composition.rows,
    cols: composition.cols,
    create: (pooling) => {
      const weights = composition.shapes.map(wholeNumbers);
      const inner = composition.shapes.map((shape, t) => openFloat(shape, weights[t]));
      const right = composition.open(inner, pooling);
      const table = { ...right, ...mutate(right, weights) };
      numbers.set(table, weights);
      return table;
    },
    numbers: (table) => numbers.get(table) ?? [],
  };
}

function failures(subject: ComposedSubject): string[] {
  return [...composedTableCases(subject)].flatMap((check) => {
    try {
      check.run();
      return [];
    } catch {
      return [check.name];
    }
  });
}

const wrong: Readonly<Record<string, Mutation>> = {
  "climbs instead of descending": (table) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, -rate);
    },
  }),
  "trains the first of its parts only": (table, [, second]) => ({
    apply: (gradient, rate) => {
      const kept = second.slice();
      table.apply(gradient, rate);
      second.set(kept);
    },
  }),
  "trains nothing": () => ({ apply: () => undefined }),
  "forgets the weights of bags on the way back": (table) => ({
    backward: ({ indices, offsets }, gradient) => table.backward({ indices, offsets }, gradient),
  }),
  "passes the whole gradient on to a mean": () => {
    const inner = composition.shapes.map((shape, t) => openFloat(shape, wholeNumbers(shape, t)));
    const { backward } = composition.open(inner, "sum");
    return { backward };
  },
  "adds one on the way forward": (table) => ({
    forward: (bags, dst) => {
      table.forward(bags, dst);
      dst.forEach((value, i) => (dst[i] = value + 1));
    },
  }),
  "changes numbers on the way forward": (table, [first]) => ({
    forward: (bags, dst) => {
      table.forward(bags, dst);
      first[0] += 1;
    },
  }),
  "changes numbers before it sees a NaN": (table, [first]) => ({
    apply: (gradient, rate) => {
      first[0] += 1;
      table.apply(gradient, rate);
    },
  }),
  "decays all numbers at each step": (table, [first]) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, rate);
      first.forEach((value, i) => (first[i] = 0.9 * value));
    },
  }),
  "answers from rows that it kept": (table) => {
    const kept = new Map<string, Float32Array>();
    return {
      lookup: (bags, dst) => {
        const key = bags.indices.join();
        const known = kept.get(key);
        if (known?.length === dst.length) dst.set(known);
        else table.lookup(bags, dst);
        kept.set(key, dst.slice());
      },
    };
  },
  "trains other numbers when placed": () => ({
    placed: (placement) => {
      const inner = composition.shapes.map((shape, t) => openFloat(shape, wholeNumbers(shape, t)));
      return composition.open(inner, "sum").placed(placement);
    },
  }),
  "takes a gradient of any row and any width": (table) => ({
    apply: (gradient, rate) => {
      const rows = gradient.rows.map((row) => row % composition.rows);
      table.apply({ ...gradient, cols: composition.cols, rows }, rate);
    },
  }),
};

describe("the kit for tables whose rows are computed", () => {
  test("passes the right one", () => {
    expect(failures(subjectOf(() => ({})))).toEqual([]);
  });

  test.each(Object.entries(wrong))("kills a table that %s", (_name, mutate) => {
    expect(failures(subjectOf(mutate)).length).toBeGreaterThan(0);
  });
});
