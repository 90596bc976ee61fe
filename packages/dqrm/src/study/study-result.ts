import type { ByteReport, DlrmConfig, EpochRecord, Metrics } from "@dqrm/dlrm";
import type { PostTrainingName } from "./post-training.ts";

/** Says how the files of a study are read. */
export interface StudyFiles {
  /** criteo, auto, or the path of a schema. */
  readonly schema: string;
  /** The label's column; null leaves it to inference. */
  readonly label: string | null;
  /** Rows to read; 0 reads all. */
  readonly rows: number;
  /** Encoded samples that do not fit in memory go below this directory. */
  readonly cacheDirectory: string;
}

/** Describes one training run of a study: a variant of the configuration, a seed, and the data. */
export interface StudyTask {
  readonly variant: string;
  /** Names the data in tables and reports. */
  readonly dataset: string;
  readonly seed: number;
  readonly config: DlrmConfig;
  /** Address of generated data, for instance synthetic:planted?rows=360000&seed=1, or the path of files. */
  readonly data: string;
  /** Digest of the address, or of the content of the files. */
  readonly dataHash: string;
  /** How the selected FP32 model is quantized after training; null leaves it. */
  readonly postTraining: PostTrainingName | null;
  /** Null for generated data. */
  readonly files: StudyFiles | null;
  /** Kernels in order of preference, as `--kernels` takes them. */
  readonly kernels: string;
  /** Threads of its kernels. */
  readonly threads: number;
  /** Where the packed model goes; null keeps none. */
  readonly modelDirectory: string | null;
  /** Connects a process for each part of a batch, as `--transport` names it; null: one process computes all parts. */
  readonly transport: string | null;
}

/** Holds the codes that one table came to; a share counts weights, not rows. */
export interface CodeUse {
  readonly table: string;
  readonly rows: number;
  /** 32 for floats, which have no codes but may be zero. */
  readonly bits: number;
  /** Share of weights that are served as zero, at the checkpoint that validation selected and at the end of training. */
  readonly zeroShare: number;
  readonly zeroShareAtEnd: number;
  /** Share of each code at the selected checkpoint, from the most negative one up; empty beyond 4 bits. */
  readonly codeShares: readonly number[];
}

/** Holds what one run of a study found; JSON. */
export interface RunResult {
  readonly variant: string;
  readonly dataset: string;
  readonly seed: number;
  readonly config: DlrmConfig;
  readonly configHash: string;
  readonly data: string;
  readonly dataHash: string;
  readonly postTraining: PostTrainingName | null;
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
  /** The codes of the table with the most rows; null when none of them means zero. */
  readonly codes: CodeUse | null;
  /** Mean bytes of the gradients of one part of a batch; null when they did not travel. */
  readonly messageBytes: number | null;
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
  /** Duration of this call; runs that an earlier call finished cost it nothing. */
  readonly seconds: number;
  readonly runs: readonly RunResult[];
}
