import { MAX_ROWS } from "../format/row-format.ts";
import { coreCols } from "../mapping/tensor-train-shape.ts";
import { createRobeMapping, type RobeMapping } from "../mapping/robe-mapping.ts";
import { createRowHash } from "../mapping/row-hash.ts";
import { checkCount, checkEqual } from "./check-count.ts";
import type {
  FeatureSpec,
  HashedFeatureSpec,
  ModelSpec,
  RobeFeatureSpec,
  TensorTrainFeatureSpec,
} from "./model-spec.ts";
import { vectorCols } from "./model-state.ts";

/**
 * Lists the tables that a feature reads.
 *
 * ```ts doctest
 * import { featureTables } from "@dqrm/core";
 * featureTables({ kind: "table", table: 3, pooling: "sum" }); // => [3]
 * ```
 */
export function featureTables(feature: FeatureSpec): readonly number[] {
  switch (feature.kind) {
    case "quotient-remainder":
      return [feature.quotient, feature.remainder];
    case "tensor-train":
      return feature.tables;
    default:
      return [feature.table];
  }
}

/**
 * Gives the mapping of a robe feature onto the cells of its table.
 *
 * @throws VALUE when blocks do not fit the vectors of the model
 */
export function robeMappingOf(spec: ModelSpec, feature: RobeFeatureSpec): RobeMapping {
  const { cols, rows } = spec.tables[feature.table];
  return createRobeMapping({ ...feature, cells: rows * cols, cols: vectorCols(spec) });
}

/**
 * Checks that every feature reads tables that are there and gives vectors that fit, and that every table is read.
 *
 * @throws VALUE naming the feature or table
 */
export function checkFeatures(spec: ModelSpec): void {
  const readers = new Array<number>(spec.tables.length).fill(0);
  spec.features.forEach((feature, f) => {
    const tables = featureTables(feature);
    for (const table of tables) {
      checkCount(`features[${f}] table`, table, 0, spec.tables.length - 1);
      readers[table]++;
    }
    checkEqual(`different tables of features[${f}]`, new Set(tables).size, tables.length);
    checkFeature(spec, feature, f);
  });
  readers.forEach((count, t) => {
    checkCount(`features that read tables[${t}]`, count, 1, spec.features.length);
  });
}

function checkFeature(spec: ModelSpec, feature: FeatureSpec, f: number): void {
  const { tables } = spec;
  const width = `width of features[${f}]`;
  switch (feature.kind) {
    case "projected":
      return;
    case "table":
      checkEqual(width, tables[feature.table].cols, vectorCols(spec));
      return;
    case "quotient-remainder":
      checkQuotientRemainder(spec, feature, f);
      return;
    case "hashed":
      checkHashed(spec, feature, f);
      return;
    case "robe":
      checkRobe(spec, feature, f);
      return;
    case "tensor-train":
      checkTensorTrain(spec, feature, f);
  }
}

function checkQuotientRemainder(
  spec: ModelSpec,
  { collisions, combine, quotient, remainder }: FeatureSpec & { kind: "quotient-remainder" },
  f: number,
): void {
  const { cols } = spec.tables[quotient];
  const right = spec.tables[remainder];
  checkEqual(`width of features[${f}]`, combine === "concat" ? cols + right.cols : cols, vectorCols(spec));
  checkCount(`features[${f}].collisions`, collisions, 1, right.rows);
  if (combine !== "concat") checkEqual(`width of features[${f}] remainder`, right.cols, cols);
}

function checkHashed(spec: ModelSpec, { rows, seed, table }: HashedFeatureSpec, f: number): void {
  checkCount(`features[${f}].rows`, rows, 1, MAX_ROWS);
  checkEqual(`width of features[${f}]`, spec.tables[table].cols, vectorCols(spec));
  createRowHash({ tableRows: spec.tables[table].rows, seed });
}

function checkRobe(spec: ModelSpec, feature: RobeFeatureSpec, f: number): void {
  const { keyOffset, rows, table } = feature;
  checkCount(`features[${f}].rows`, rows, 1, MAX_ROWS);
  checkCount(`features[${f}].keyOffset`, keyOffset, 0, Number.MAX_SAFE_INTEGER - rows);
  const { tableCols } = robeMappingOf(spec, feature);
  checkEqual(`width of tables[${table}], which features[${f}] shares`, spec.tables[table].cols, tableCols);
  checkUnweighted(spec, table);
}

function checkTensorTrain(spec: ModelSpec, feature: TensorTrainFeatureSpec, f: number): void {
  const { dims, rank, rows, tables } = feature;
  const cores = tables.map((table) => spec.tables[table]);
  const capacity = cores.reduce((product, core) => product * core.rows, 1);
  checkCount(`features[${f}].rows`, rows, 1, Math.min(MAX_ROWS, capacity));
  for (const count of [...dims, rank])
    checkCount(`features[${f}] dims and rank`, count, 1, vectorCols(spec) ** 2);
  checkEqual(`width of features[${f}]`, dims[0] * dims[1] * dims[2], vectorCols(spec));
  coreCols(feature).forEach((cols, k) => {
    checkEqual(`width of core ${k} of features[${f}]`, cores[k].cols, cols);
    checkUnweighted(spec, tables[k]);
  });
}

/** A weight for each row of a shared array or of a core is no weight of a row of the vocabulary. */
function checkUnweighted(spec: ModelSpec, table: number): void {
  const weighted = spec.tables[table].poolingWeights === "none" ? 0 : 1;
  checkEqual(`pooling weights of tables[${table}], whose rows stand for no category`, weighted, 0);
}
