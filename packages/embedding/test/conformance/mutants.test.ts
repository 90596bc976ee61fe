import { describe, expect, test } from "vitest";
import { bagCount, type Jagged } from "@dqrm/core";
import type { ConformanceCase } from "@dqrm/core/conformance";
import { packedTable, type EmbeddingTable, type MasterTable, type StoredTable } from "@dqrm/embedding";
import {
  tableCases,
  trainableTableCases,
  type TableSubject,
  type TrainableSubject,
} from "../../src/conformance/index.ts";
import { dequantized, floatSubject, floatTrainable, shape, storedTrainable } from "./subjects.ts";

type Lookup = EmbeddingTable["lookup"];
type WrapLookup = (lookup: Lookup) => Lookup;

function failures(cases: Iterable<ConformanceCase>): string[] {
  return [...cases].flatMap((check) => {
    try {
      check.run();
      return [];
    } catch {
      return [check.name];
    }
  });
}

function withLookup(wrap: WrapLookup): TableSubject {
  const mutate = (table: EmbeddingTable): EmbeddingTable => ({
    ...table,
    lookup: wrap((bags, dst) => {
      table.lookup(bags, dst);
    }),
    placed: (placement) => mutate(table.placed(placement)),
  });
  return { ...floatSubject, open: (pooling) => mutate(floatSubject.open(pooling)) };
}

function withIndices(change: (indices: Int32Array, bags: Jagged) => Int32Array): TableSubject {
  return withLookup((lookup) => (bags, dst) => {
    lookup({ ...bags, indices: change(bags.indices, bags) }, dst);
  });
}

const wrong: Readonly<Record<string, TableSubject>> = {
  "ignores weights": withLookup((lookup) => ({ indices, offsets }, dst) => {
    lookup({ indices, offsets }, dst);
  }),
  "sums where it should average": { ...floatSubject, open: () => floatSubject.open("sum") },
  "drops repeated rows": withLookup((lookup) => (bags, dst) => {
    const { indices, offsets } = bags;
    const weights = bags.weights?.slice() ?? new Float32Array(indices.length).fill(1);
    for (let bag = 0; bag < bagCount(bags); bag++) {
      for (let i = offsets[bag]; i < offsets[bag + 1]; i++) {
        if (indices.subarray(offsets[bag], i).includes(indices[i])) weights[i] = 0;
      }
    }
    lookup({ indices, offsets, weights }, dst);
  }),
  "drops the last bag": withLookup((lookup) => (bags, dst) => {
    lookup({ ...bags, offsets: bags.offsets.subarray(0, Math.max(1, bagCount(bags))) }, dst);
  }),
  "leaves an empty bag as it was": withLookup((lookup) => (bags, dst) => {
    const before = dst.slice();
    lookup(bags, dst);
    const { cols } = shape;
    if (dst.length !== bagCount(bags) * cols) return;
    for (let bag = 0; bag < bagCount(bags); bag++) {
      if (bags.offsets[bag] === bags.offsets[bag + 1])
        dst.set(before.subarray(bag * cols, (bag + 1) * cols), bag * cols);
    }
  }),
  "adds to what dst held": withLookup((lookup) => (bags, dst) => {
    const before = dst.slice();
    lookup(bags, dst);
    dst.forEach((v, i) => (dst[i] = v + before[i]));
  }),
  "wraps hostile indices": withIndices((indices) =>
    indices.map((i) => ((i % shape.rows) + shape.rows) % shape.rows),
  ),
  "clamps hostile indices": withIndices((indices) =>
    indices.map((i) => Math.min(Math.max(i, 0), shape.rows - 1)),
  ),
  "reads row 0 for every negative index": withIndices((indices) => indices.map((i) => (i < 0 ? 0 : i))),
  "accepts a dst that is too short": withLookup((lookup) => (bags, dst) => {
    const whole = new Float32Array(Math.max(dst.length, bagCount(bags) * shape.cols));
    whole.set(dst);
    lookup(bags, whole);
    dst.set(whole.subarray(0, dst.length));
  }),
  "writes beside dst": withLookup((lookup) => (bags, dst) => {
    lookup(bags, dst);
    const memory = new Float32Array(dst.buffer);
    memory[memory.length - 1] = 0;
  }),
  "scribbles on the bags": withLookup((lookup) => (bags, dst) => {
    lookup(bags, dst);
    bags.indices.fill(0);
  }),
  "looks behind the last bag": withLookup((lookup) => (bags, dst) => {
    if (bags.indices.some((i) => i < 0 || i >= shape.rows)) throw new Error("hostile");
    lookup(bags, dst);
  }),
  "rounds coarsely": withLookup((lookup) => (bags, dst) => {
    lookup(bags, dst);
    dst.forEach((v, i) => (dst[i] = v * (1 + 2 ** -22)));
  }),
  "places itself one column too far": {
    ...floatSubject,
    open: (pooling) => {
      const table = floatSubject.open(pooling);
      return { ...table, placed: ({ stride, offset }) => table.placed({ stride, offset: offset + 1 }) };
    },
  },
  "tells the wrong size": {
    ...floatSubject,
    open: (pooling) => ({ ...floatSubject.open(pooling), cols: 4 }),
  },
};

type StoredMutation = (table: StoredTable) => Partial<StoredTable>;

function storing(mutation: StoredMutation): TrainableSubject<StoredTable> {
  return {
    ...storedTrainable,
    create: (weights, pooling) => {
      const table = storedTrainable.create(weights, pooling);
      return { ...table, ...mutation(table) };
    },
  };
}

const wrongStoring: Readonly<Record<string, TrainableSubject<StoredTable>>> = {
  "answers from floats that it kept at creation": storing((table) => {
    const { packed } = table;
    const kept = { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };
    const { lookup } = packedTable(kept, { pooling: table.pooling });
    return { lookup, forward: lookup };
  }),
  "chooses the steps of all rows when one is updated": storing((table) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, rate);
      table.packed.scale.forEach((step, row) => (table.packed.scale[row] = 1.01 * step));
    },
  })),
  "updates rows before it sees a NaN": storing((table) => ({
    apply: (gradient, rate) => {
      table.packed.codes[gradient.rows[0] * shape.cols] ^= 1;
      table.apply(gradient, rate);
    },
  })),
  "loses half of each change": storing((table) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, rate / 2);
    },
  })),
  "trains a copy of the codes when placed": storing((table) => ({
    placed: (placement) => {
      const { packed } = table;
      const copy = { ...packed, codes: packed.codes.slice(), scale: packed.scale.slice() };
      return storedTrainable.create(dequantized(copy), "sum").placed(placement);
    },
  })),
  "rounds the weights that it reads on the way forward": storing((table) => ({
    forward: (bags, dst) => {
      table.forward(bags, dst);
      dst.forEach((value, i) => (dst[i] = Math.fround(value * 1.01)));
    },
  })),
};

type Mutation = (table: MasterTable, weights: Float32Array) => Partial<MasterTable>;

function training(mutation: Mutation): TrainableSubject<MasterTable> {
  return {
    ...floatTrainable,
    create: (weights, pooling) => {
      const table = floatTrainable.create(weights, pooling);
      return { ...table, ...mutation(table, weights) };
    },
  };
}

const wrongTraining: Readonly<Record<string, TrainableSubject<MasterTable>>> = {
  "forgets duplicates in the gradient": training((table) => ({
    backward: (bags, gradient) => {
      const out = table.backward(bags, gradient);
      if (out.count > 0) out.values.copyWithin(0, 0, out.cols);
      if (bags.indices.length > out.count) out.values.forEach((v, i) => (out.values[i] = v / 2));
      return out;
    },
  })),
  "lists a row twice": training((table) => ({
    backward: (bags, gradient) => {
      const out = table.backward(bags, gradient);
      if (out.count > 1) out.rows[1] = out.rows[0];
      return out;
    },
  })),
  "passes the whole gradient on to a mean": {
    ...floatTrainable,
    create: (weights) => floatTrainable.create(weights, "sum"),
  },
  "decays rows that no bag touched": training((table, weights) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, rate);
      weights.forEach((w, i) => (weights[i] = w * 0.99));
    },
  })),
  "climbs instead of descending": training((table) => ({
    apply: (gradient, rate) => {
      table.apply(gradient, -rate);
    },
  })),
  "ignores the learning rate": training((table) => ({
    apply: (gradient) => {
      table.apply(gradient, 1);
    },
  })),
  "updates rows before it sees a NaN": training((table, weights) => ({
    apply: (gradient, rate) => {
      for (let k = 0; k < gradient.count; k++) {
        for (let c = 0; c < shape.cols; c++) {
          weights[gradient.rows[k] * shape.cols + c] -= rate * gradient.values[k * shape.cols + c];
        }
      }
      table.apply(gradient, 0);
    },
  })),
  "swallows a NaN": training((table) => ({
    apply: (gradient, rate) => {
      gradient.values.forEach((v, i) => (gradient.values[i] = Number.isFinite(v) ? v : 0));
      table.apply(gradient, rate);
    },
  })),
  "skips rows outside": training((table) => ({
    apply: (gradient, rate) => {
      for (let k = 0; k < gradient.count; k++) if (gradient.rows[k] >= shape.rows) gradient.count = k;
      table.apply(gradient, rate);
    },
  })),
  "changes weights on the way forward": training((table, weights) => ({
    forward: (bags, dst) => {
      table.forward(bags, dst);
      weights[0] += 1;
    },
  })),
  "drops out on the way forward": training((table) => ({
    forward: (bags, dst) => {
      table.forward(bags, dst);
      dst[0] = 0;
    },
  })),
  "trains a copy when placed": training((table, weights) => ({
    placed: (placement) => floatTrainable.create(weights.slice(), "sum").placed(placement),
  })),
  "reads its own columns when placed": training((table) => ({
    placed: ({ stride }) => table.placed({ stride, offset: 0 }),
  })),
  "copies the caller's weights": {
    ...floatTrainable,
    create: (weights, pooling) => floatTrainable.create(weights.slice(), pooling),
  },
  "keeps the gradient of the last batch": training((table) => {
    let kept = 0;
    return {
      backward: (bags, gradient) => {
        const out = table.backward(bags, gradient);
        out.count = Math.max(out.count, kept);
        kept = out.count;
        return out;
      },
    };
  }),
  "answers from a copy made at creation": training((table, weights) => {
    const old = floatTrainable.create(weights.slice(), "sum");
    return {
      lookup: (bags, dst) => {
        old.lookup(bags, dst);
      },
      forward: (bags, dst) => {
        old.lookup(bags, dst);
      },
    };
  }),
};

test("the tables themselves pass, so that mutants die of their mutation", () => {
  expect(failures(tableCases(floatSubject))).toEqual([]);
  expect(failures(trainableTableCases(floatTrainable))).toEqual([]);
  expect(failures(trainableTableCases(storedTrainable))).toEqual([]);
});

describe("the kit for tables kills a table that", () => {
  test.each(Object.entries(wrong))("%s", (_, subject) => {
    expect(failures(tableCases(subject))).not.toEqual([]);
  });
});

describe("the kit for tables that learn kills a table of codes that", () => {
  test.each(Object.entries(wrongStoring))("%s", (_, subject) => {
    expect(failures(trainableTableCases(subject))).not.toEqual([]);
  });
});

describe("the kit for tables that learn kills a table that", () => {
  test.each(Object.entries(wrongTraining))("%s", (_, subject) => {
    expect(failures(trainableTableCases(subject))).not.toEqual([]);
  });
});
