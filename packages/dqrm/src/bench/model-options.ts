import type { ModelSpec, ProductPrecision, ScaleRefresh } from "@dqrm/core";
import {
  buildModelSpec,
  setConfigValues,
  type DlrmConfig,
  type OptimizerConfig,
  type TrainingBits,
} from "@dqrm/dlrm";
import type { IndexLaw } from "./batch-ring.ts";
import { SHAPES, type ShapeName } from "./shapes.ts";

/** Says which model is measured. */
export interface BenchedModel {
  readonly shape: ShapeName;
  /** Bits of the tables. */
  readonly bits: TrainingBits;
  /** Bits of the linear layers' weights. */
  readonly mlpBits: TrainingBits;
  readonly scale: ScaleRefresh;
  readonly optimizer: OptimizerConfig["kind"];
}

/** Says which model is measured, and how. */
export interface ModelBenchOptions extends BenchedModel {
  readonly batch: number;
  readonly threads: number;
  readonly index: IndexLaw;
  /** Indices in each bag. */
  readonly pooling: number;
  /** Whether the indices of a bag have weights. */
  readonly weighted: boolean;
  readonly products: ProductPrecision;
  readonly rounds: number;
  /** Calls timed in each round. */
  readonly steps: number;
  /** Most rows that a table keeps; undefined keeps all. */
  readonly limitRows: number | undefined;
}

/**
 * Builds the spec of a measured model.
 *
 * @throws CONFIG when the options do not fit together
 */
export function benchSpec(options: BenchedModel, limitRows: number | undefined): ModelSpec {
  const { denseFeatures, rows } = SHAPES[options.shape];
  const most = limitRows ?? Number.POSITIVE_INFINITY;
  const features = rows.map((count, f) => ({ name: `feature-${f}`, rows: Math.min(count, most) }));
  return buildModelSpec(benchConfig(options), { denseFeatures, features });
}

function benchConfig({ bits, mlpBits, optimizer, scale, shape }: BenchedModel): DlrmConfig {
  return setConfigValues(SHAPES[shape].config, [
    ["quantization.tables.bits", String(bits)],
    ["quantization.tables.refresh", scale.kind],
    ...(scale.kind === "periodic"
      ? ([["quantization.tables.periodSteps", String(scale.periodSteps)]] as const)
      : []),
    ["quantization.mlp.bits", String(mlpBits)],
    ["optimizer.kind", optimizer],
  ]);
}
