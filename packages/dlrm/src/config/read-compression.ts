import { MAX_ROWS } from "@dqrm/core";
import type { HashingConfig, RobeConfig, TensorTrainConfig } from "./compression-config.ts";
import type { Refuse } from "./check-tables.ts";
import type { ModelConfig } from "./dlrm-config.ts";
import { flag, integer, oneOf, record, type Reader } from "./read.ts";

/** A middle core holds rank² numbers for each of its columns, and rows are at most MAX_COLS = 2^16 wide. */
const MAX_RANK = 255;

const threshold = integer(0, Number.MAX_SAFE_INTEGER);
const count = integer(1, MAX_ROWS);

/** Reads which tables are hashed. */
export const readHashing: Reader<HashingConfig> = record({ enabled: flag, threshold, rows: count });

/** Reads which tables are read from a shared array. */
export const readRobe: Reader<RobeConfig> = record({
  enabled: flag,
  threshold,
  cells: count,
  blockCols: count,
  hash: oneOf("mixing", "reference"),
  signs: flag,
});

/** Reads which tables are factored. */
export const readTensorTrain: Reader<TensorTrainConfig> = record({
  enabled: flag,
  threshold,
  rank: integer(1, MAX_RANK),
});

/** Names the ways of holding fewer numbers, of which a model takes one. */
const WAYS = ["quotientRemainder", "mixedDimensions", "hashing", "robe", "tensorTrain"] as const;

/** Names those whose tables have no row for each category, to which a pooling weight could belong. */
const UNWEIGHTED = ["quotientRemainder", "robe", "tensorTrain"] as const;

/**
 * Checks that a model compresses its embeddings in one way, which fits its vectors.
 *
 * @throws CONFIG naming the setting that does not fit
 */
export function checkCompression(model: ModelConfig, refuse: Refuse): void {
  const [first, second] = WAYS.filter((way) => model[way].enabled);
  if (second !== undefined) refuse(`model.${second}.enabled`, `false together with model.${first}`, "true");
  const unweighted = UNWEIGHTED.find((way) => model[way].enabled);
  if (unweighted !== undefined && model.poolingWeights !== "none") {
    refuse("model.poolingWeights", `"none" together with model.${unweighted}`, `"${model.poolingWeights}"`);
  }
  const { blockCols, cells, enabled, hash } = model.robe;
  if (!enabled) return;
  if (hash === "mixing" && model.embeddingDim % blockCols !== 0) {
    refuse(
      "model.robe.blockCols",
      `a divisor of model.embeddingDim = ${model.embeddingDim}`,
      String(blockCols),
    );
  }
  if (blockCols > cells)
    refuse("model.robe.cells", `at least model.robe.blockCols = ${blockCols}`, String(cells));
}
