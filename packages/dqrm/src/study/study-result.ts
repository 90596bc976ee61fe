import type { ByteReport, DlrmConfig, EpochRecord, Metrics } from "@dqrm/dlrm";

/** Describes one training run of a study: a variant of the configuration, a seed, and the data. */
export interface StudyTask {
  readonly variant: string;
  readonly seed: number;
  readonly config: DlrmConfig;
  /** Address of generated data, for instance synthetic:planted?rows=360000&seed=1. */
  readonly data: string;
  /** Kernels in order of preference, as `--kernels` takes them. */
  readonly kernels: string;
  /** Threads of its kernels. */
  readonly threads: number;
  /** Where the packed model goes; null keeps none. */
  readonly modelDirectory: string | null;
}

/** Holds what one run of a study found; JSON. */
export interface RunResult {
  readonly variant: string;
  readonly seed: number;
  readonly config: DlrmConfig;
  readonly data: string;
  readonly backend: string;
  /** Reasons of kernel plugins that were skipped. */
  readonly skippedKernels: Readonly<Record<string, string>>;
  readonly outcome: "finished" | "early-stop" | "aborted";
  readonly history: readonly EpochRecord[];
  /** The evaluation with the best validation AUC; its test metrics are the result. */
  readonly selected: EpochRecord | null;
  readonly test: Metrics | null;
  /** AUC of the true probabilities on the test samples: no model can expect more. */
  readonly oracleTestAuc: number | null;
  readonly bytes: ByteReport;
  readonly samplesPerSecond: number;
  readonly seconds: number;
}

/** Says on what machine and with what software a study ran. */
export interface StudyEnvironment {
  readonly dqrm: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly workers: number;
}

/** Holds a whole study; `result.json`. */
export interface StudyResult {
  readonly version: 1;
  readonly name: string;
  readonly title: string;
  /** The call that repeats it. */
  readonly command: string;
  readonly environment: StudyEnvironment;
  readonly seconds: number;
  readonly runs: readonly RunResult[];
}
