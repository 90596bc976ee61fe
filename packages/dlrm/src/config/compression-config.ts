/**
 * Says which tables are hashed onto fewer rows.
 *
 * @source Weinberger et al. 2009, Feature Hashing for Large Scale Multitask Learning
 */
export interface HashingConfig {
  readonly enabled: boolean;
  /** Tables with more rows than this are hashed, unless `rows` would not be fewer. */
  readonly threshold: number;
  /** Rows of each hashed table. */
  readonly rows: number;
}

/**
 * Says which tables are read from one shared array of cells.
 *
 * @source ROBE, arXiv 2108.02191; PSS, arXiv 2207.10731
 */
export interface RobeConfig {
  readonly enabled: boolean;
  /** Tables with more rows than this are read from the array; the others stay whole. */
  readonly threshold: number;
  /** Numbers in the array. */
  readonly cells: number;
  /**
   * Neighbouring numbers of a row that stand together in the array; a divisor of embeddingDim with "mixing". The fewer, the
   * fewer rows are alike; as wide as a row, they make of the array a table onto which rows are hashed whole.
   */
  readonly blockCols: number;
  /** "mixing" takes aligned blocks by a hash that spreads; "reference" is the authors' mapping. */
  readonly hash: "mixing" | "reference";
  /** Gives each block a random sign, so that inner products of rows are unbiased; the authors do not. */
  readonly signs: boolean;
}

/**
 * Says which tables are products of three small cores.
 *
 * @source TT-Rec, arXiv 2101.11714
 */
export interface TensorTrainConfig {
  readonly enabled: boolean;
  /** Tables with more rows than this are factored, unless the cores would not be smaller. */
  readonly threshold: number;
  /** Numbers that neighbouring cores share: more of them can tell more rows apart. */
  readonly rank: number;
}
