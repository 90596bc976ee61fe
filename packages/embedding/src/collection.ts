import { DqrmError, type Jagged } from "@dqrm/core";
import type { EmbeddingTable } from "./table.ts";

/** Names a sparse feature and the table that its bags read; several features may read one table. */
export interface Feature<Table extends EmbeddingTable = EmbeddingTable> {
  readonly name: string;
  readonly table: Table;
}

/** Holds the bags of each feature by its name, all with the same number of bags. */
export type FeatureBags = Readonly<Record<string, Jagged>>;

/** Chooses where the vectors of a collection stand in a wider matrix. */
export interface CollectionPlacement {
  /** Columns before the first feature, for example the output of another network. */
  readonly offset: number;
  /** Columns of the whole matrix. */
  readonly stride: number;
}

/** Looks up several features with one call, side by side in one matrix. */
export interface EmbeddingCollection {
  readonly names: readonly string[];
  /** Where the vector of each feature begins in a row of the matrix. */
  readonly offsets: readonly number[];
  /** Columns of the whole matrix. */
  readonly stride: number;
  /**
   * Overwrites the vectors of all features.
   *
   * @shape dst f32[bags × stride]
   * @throws VALUE when a feature has no bags; SHAPE when features differ in the number of bags; as the tables
   */
  lookup(bags: FeatureBags, dst: Float32Array): void;
}

/**
 * Places tables side by side, in the order of the list.
 *
 * @throws VALUE when a name occurs twice or the placement is too narrow
 * @source torchrec EmbeddingBagCollection over a KeyedJaggedTensor
 *
 * ```ts doctest
 * import { jaggedFrom } from "@dqrm/core";
 * import { createCollection, floatTable } from "@dqrm/embedding";
 * const optimizer = { kind: "sgd" } as const;
 * const user = floatTable({ rows: 2, cols: 1, pooling: "sum", optimizer, weights: Float32Array.of(1, 2) });
 * const item = floatTable({ rows: 2, cols: 2, pooling: "sum", optimizer, weights: Float32Array.of(3, 4, 5, 6) });
 * const tables = createCollection([{ name: "user", table: user }, { name: "item", table: item }]);
 * const matrix = new Float32Array(6);
 * tables.lookup({ user: jaggedFrom([[0], [1]]), item: jaggedFrom([[1], [0]]) }, matrix);
 * [...matrix]; // => [1, 5, 6, 2, 3, 4]
 * ```
 */
export function createCollection(
  features: readonly Feature[],
  placement?: CollectionPlacement,
): EmbeddingCollection {
  const { names, offsets, stride } = layFeatures(features, placement);
  const tables = features.map(({ table }, f) => table.placed({ stride, offset: offsets[f] }));
  return {
    names,
    offsets,
    stride,
    lookup: (bags, dst) => {
      checkFeatureBags(names, bags);
      for (let f = 0; f < tables.length; f++) tables[f].lookup(bags[names[f]], dst);
    },
  };
}

/**
 * Computes where the features of a collection stand.
 *
 * @throws VALUE when a name occurs twice or the placement is too narrow
 */
export function layFeatures(
  features: readonly Feature[],
  placement?: CollectionPlacement,
): Pick<EmbeddingCollection, "names" | "offsets" | "stride"> {
  const names = features.map(({ name }) => name);
  const repeated = names.find((name, f) => names.indexOf(name) !== f);
  if (repeated !== undefined) throw badFeatures("feature name", "unique", repeated);
  let end = placement?.offset ?? 0;
  const offsets = features.map(({ table }) => {
    const offset = end;
    end += table.cols;
    return offset;
  });
  const stride = placement?.stride ?? end;
  if (stride < end) throw badFeatures("stride", `at least ${end}`, String(stride));
  return { names, offsets, stride };
}

/**
 * Checks that every feature has bags, and all the same number of them.
 *
 * @throws VALUE, SHAPE
 */
export function checkFeatureBags(names: readonly string[], bags: FeatureBags): void {
  let first = -1;
  for (const name of names) {
    if (!Object.hasOwn(bags, name)) {
      throw badFeatures("bags", `an entry for feature "${name}"`, Object.keys(bags).join(", ") || "none");
    }
    const count = bags[name].offsets.length - 1;
    if (first < 0) first = count;
    if (count !== first) {
      throw new DqrmError("SHAPE", {
        op: "collection",
        what: `bags of "${name}"`,
        expected: first,
        actual: count,
      });
    }
  }
}

function badFeatures(what: string, expected: string, actual: string): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", { op: "collection", what, expected, actual });
}
