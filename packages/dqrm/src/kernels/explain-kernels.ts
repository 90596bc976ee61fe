import type { Choice, Kernels, LoadedKernels, OpName, OpSpec, ProductPrecision } from "@dqrm/core";
import { createBenchModel, createBenchState, SEGMENT_BYTES } from "../bench/bench-model.ts";
import { benchSpec, type BenchedModel } from "../bench/model-options.ts";
import { REPRESENTATIVE_SPECS, type NamedSpec } from "./representative-specs.ts";

/** Says who serves one spec of an op. */
export interface ExplainedOp {
  readonly op: OpName;
  readonly spec: string;
  readonly choices: readonly Choice[];
}

/** Says who compiles the paper's Kaggle model into one plan; null when the model runs kernel by kernel. */
export interface ExplainedPlan {
  readonly plan: "training" | "inference";
  readonly bits: 32 | 4;
  readonly products: ProductPrecision;
  readonly backend: string | null;
}

/** Explains the choice among kernels; JSON. */
export interface KernelsReport {
  readonly backends: readonly {
    readonly name: string;
    readonly isa: string | null;
    readonly threads: number;
  }[];
  /** Plugins that were left out, with the reason that each gave. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly ops: readonly ExplainedOp[];
  readonly plans: readonly ExplainedPlan[];
}

/** Rows that the tables of a compiled model keep: who compiles it does not depend on them. */
const ROWS = 100;
const BATCH = 128;

/** Tells which backend serves which op and plan, and why others were skipped. */
export function explainKernels({ kernels, skipped }: LoadedKernels): KernelsReport {
  return {
    backends: kernels.backends.map(({ machine, name }) => ({
      name,
      isa: machine?.isa ?? null,
      threads: machine?.threads ?? 1,
    })),
    skipped: Object.fromEntries(skipped),
    ops: opNames().flatMap((op) => explainOp(op, REPRESENTATIVE_SPECS[op], kernels)),
    plans: explainPlans(kernels),
  };
}

function opNames(): readonly OpName[] {
  // The list has a key for each op and no other: its type says so.
  return Object.keys(REPRESENTATIVE_SPECS) as OpName[];
}

function explainOp<K extends OpName>(
  op: K,
  specs: readonly NamedSpec<OpSpec<K>>[],
  kernels: Kernels,
): readonly ExplainedOp[] {
  return specs.map(({ label, spec }) => ({
    op,
    spec: label,
    choices: kernels.explain(op, spec),
  }));
}

function explainPlans({ backends, createArena }: Kernels): readonly ExplainedPlan[] {
  const arena = createArena(SEGMENT_BYTES);
  const plan = (
    kind: ExplainedPlan["plan"],
    bits: ExplainedPlan["bits"],
    products: ProductPrecision,
  ): ExplainedPlan => {
    const spec = benchSpec({ ...KAGGLE, bits, mlpBits: bits }, ROWS);
    const options = { maxBatch: BATCH, products };
    const compiler = backends.find(({ plans }) =>
      kind === "training"
        ? plans.training?.(spec, createBenchState(spec, arena), options)
        : plans.inference?.(createBenchModel(spec, arena), options),
    );
    return { plan: kind, bits, products, backend: compiler?.name ?? null };
  };
  return [
    plan("training", 32, "float32"),
    plan("training", 4, "float32"),
    plan("training", 32, "bfloat16"),
    plan("inference", 32, "float32"),
    plan("inference", 4, "float32"),
    plan("inference", 4, "int8"),
  ];
}

const KAGGLE: Omit<BenchedModel, "bits" | "mlpBits"> = {
  shape: "kaggle",
  scale: { kind: "every-step" },
  optimizer: "sgd",
};
