import { jaggedFrom, type Jagged } from "@dqrm/core";
import { floatTable, type EmbeddingTable } from "@dqrm/embedding";

const bags: Jagged = jaggedFrom([[0, 1], [1]]);
const weights = Float32Array.of(1, 2, 3, 4);
const table: EmbeddingTable = floatTable({
  rows: 2,
  cols: 2,
  pooling: "mean",
  optimizer: { kind: "sgd" },
  weights,
});
table.lookup(bags, new Float32Array(4));

/** Lookups answer nothing: the result is in the destination. */
export const answer: void = table.lookup(bags, new Float32Array(4));
