import {
  reference,
  type BackendMachine,
  type InferencePlan,
  type Kernels,
  type ModelSpec,
  type ProductPrecision,
  type ScaleRefresh,
} from "@dqrm/core";
import type { TrainingBits } from "@dqrm/dlrm";
import type { Agreement } from "./agreement.ts";
import { createBatchRing, type BatchRing, type IndexLaw } from "./batch-ring.ts";
import type { Meters } from "./meters.ts";
import type { ModelBenchOptions } from "./model-options.ts";
import type { ShapeName } from "./shapes.ts";
import type { Timing } from "./time-calls.ts";

/** Holds what `bench train` and `bench infer` print; JSON. */
export interface ModelBenchResult extends Timing {
  readonly name: "train" | "infer";
  /** Who compiled the plan; several names when it is made of single kernels. */
  readonly backend: string;
  /** Instruction set of the kernels; null where they do not say, as those of a GPU. */
  readonly isa: string | null;
  readonly threads: number;
  readonly shape: ShapeName;
  /** Rows of all tables together, and the bytes of their weights. */
  readonly rows: number;
  readonly tableBytes: number;
  readonly batch: number;
  readonly bits: TrainingBits;
  readonly mlpBits: TrainingBits;
  readonly scale: ScaleRefresh;
  readonly products: ProductPrecision;
  readonly optimizer: string;
  readonly index: IndexLaw;
  readonly pooling: number;
  readonly weighted: boolean;
  readonly rounds: number;
  readonly steps: number;
  readonly flopsPerSample: number;
  readonly rowBytesPerSample: number;
  /** Share of the time of each stage, where the plan measures them. */
  readonly stages: Readonly<Record<string, number>>;
  readonly peakRssBytes: number;
  /** Deviations from the reference, as shares of what is allowed. */
  readonly validation: { readonly before: Agreement; readonly after: Agreement };
}

/** Gives a benchmark of a model its kernels, and what it may not take from the surroundings. */
export interface ModelBenchTools {
  readonly kernels: Kernels;
  readonly meters: Meters;
  readonly note: (line: string) => void;
}

/** Samples that a block of calls draws at least, up to the most calls of a block. */
const BLOCK_SAMPLES = 2048;
const BLOCK_CALLS = 256;

/** Creates the batches of a block of calls. */
export function benchRing(spec: ModelSpec, options: ModelBenchOptions, seed: number): BatchRing {
  const count = Math.min(BLOCK_CALLS, options.steps, Math.ceil(BLOCK_SAMPLES / options.batch));
  return createBatchRing({ ...options, spec, count, seed });
}

/** Finds the backend that compiled a plan, or whose kernels it is made of: what it runs on, and on how many threads. */
export function planMachine(
  { backend }: Pick<InferencePlan, "backend">,
  { backends }: Kernels,
): { readonly machine: BackendMachine | undefined; readonly isa: string | null; readonly threads: number } {
  const compiler = backends.find(({ name }) => name === backend);
  const { machine, name } = compiler ?? backends[0];
  // The executor calls one kernel after the other on one thread.
  const threads = compiler === undefined ? 1 : (machine?.threads ?? 1);
  return { machine, isa: machine?.isa ?? (name === reference.name ? "javascript" : null), threads };
}

/** Turns the seconds of stages into shares of their sum. */
export function stageShares(
  seconds: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const sum = Object.values(seconds).reduce((total, value) => total + value, 0);
  return Object.fromEntries(
    Object.entries(seconds).map(([stage, value]) => [stage, sum === 0 ? 0 : value / sum]),
  );
}
