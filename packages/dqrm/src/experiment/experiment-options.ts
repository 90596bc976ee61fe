import type { Assignment } from "../commands/dlrm-aliases.ts";

/** Holds the options of `dqrm experiment`. */
export interface ExperimentOptions {
  readonly name: string;
  /** Addresses of generated data, to which the seed of each run is added, or paths of files; undefined: the experiment's own. */
  readonly data: readonly string[] | undefined;
  /** Samples of generated data, or the first rows of files. */
  readonly rows: number | undefined;
  /** criteo, auto, or the path of a schema, for files. */
  readonly schema: string;
  readonly label: string | undefined;
  /** The configuration that variants start from; undefined: the experiment's own. */
  readonly preset: string | undefined;
  /** Names of the variants to run, in the order of the experiment; undefined runs all. */
  readonly variants: readonly string[] | undefined;
  readonly seeds: number | undefined;
  readonly epochs: number | undefined;
  readonly out: string;
  /** Forgets the runs that an earlier call finished. */
  readonly fresh: boolean;
  readonly kernels: string;
  readonly threads: number;
  /** Connects a process for each part of a batch, as `--transport` names it; undefined: one process computes all parts. */
  readonly transport: string | undefined;
  readonly assignments: readonly Assignment[];
  readonly json: boolean;
}
