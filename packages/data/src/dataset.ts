import type { Batch, RandomKey } from "@dqrm/core";

/** Describes one sparse feature of encoded samples. */
export interface EncodedFeature {
  readonly name: string;
  /** Rows of the table that it indexes: every index lies in [0, rows). */
  readonly rows: number;
}

/**
 * Holds samples ready for training: numbers and row indices, no text. Reading is synchronous and by sample number,
 * so that any order costs the same.
 */
export interface EncodedDataset {
  readonly samples: number;
  readonly denseFeatures: number;
  readonly features: readonly EncodedFeature[];
  /** Samples of each day or file, in file order, where the source has such a division: they add up to `samples`. */
  readonly sections?: readonly number[];
  /** The time of each sample, where the schema names a column for it; temporal splits sort by it. */
  readonly timestamps?: Float64Array;
  /**
   * Fills a batch with the samples numbers[begin..end).
   *
   * @throws LIMIT when they are more than the buffer's capacity; IO when the cache on disk cannot be read
   */
  fill(numbers: Float64Array, begin: number, end: number, into: BatchBuffer): void;
  /** Gives back what the dataset holds open; using it afterwards is a STATE error. */
  close(): void;
}

/** Holds a batch whose arrays are reused from fill to fill. */
export interface BatchBuffer extends Batch {
  readonly capacity: number;
  size: number;
  dense: Float32Array;
  labels: Float32Array;
  bags: { indices: Int32Array; offsets: Int32Array }[];
}

/** Says in which order samples come: as they stand in the file, or shuffled by a key (seed and epoch). */
export type BatchOrder = { readonly kind: "file" } | { readonly kind: "shuffled"; readonly key: RandomKey };

/** Says how batches are cut. Every sample comes exactly once; the last batch may be smaller. */
export interface BatchOptions {
  readonly batchSize: number;
  readonly order: BatchOrder;
  /** Number of the first batch to give, to resume inside an epoch. */
  readonly firstBatch: number;
}

/**
 * Says which samples train, select and test.
 *
 * criteo: the samples are cut into `days` equal days (the first `samples mod days` one longer) or into days of the
 * given `counts`; the last day's first half (rounded up) tests, its rest validates, the days before train, in file
 * order or shuffled once within each day or as a whole; random: seeded; temporal: the last ones test, those before
 * them validate; given: contiguous counts, in the order train, validation, test.
 *
 * @units validation and test of random and temporal are fractions of the samples, rounded to whole samples
 *
 * @source facebookresearch/dlrm data_utils.py for criteo
 */
export type SplitSpec =
  | {
      readonly kind: "criteo";
      readonly days: number;
      /** Samples of each day; one count a day. Take {@link EncodedDataset.sections} when days are files. */
      readonly counts?: readonly number[];
      readonly randomize?: { readonly kind: "none" | "day" | "total"; readonly seed: number };
    }
  | { readonly kind: "random"; readonly seed: number; readonly validation: number; readonly test: number }
  | { readonly kind: "temporal"; readonly validation: number; readonly test: number }
  | { readonly kind: "given"; readonly train: number; readonly validation: number; readonly test: number };

/** Holds the three parts of a dataset, as views without copies. */
export interface DatasetParts {
  readonly train: EncodedDataset;
  readonly validation: EncodedDataset;
  readonly test: EncodedDataset;
}
