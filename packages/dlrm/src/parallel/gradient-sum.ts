import { createAppendSink, createDenseSink, type RowSink } from "@dqrm/comm";
import { createRowGradient, type Kernels, type ModelGradients, type RowGradient } from "@dqrm/core";
import type { ModelParameter } from "./model-parameters.ts";
import { layerValues } from "./shard-gradients.ts";

/** Gathers the gradients of all shards where the plan applies them from. */
export interface GradientSum {
  readonly sinks: readonly RowSink[];
  /** Empties the sinks before an exchange. */
  begin(): void;
  /** Brings the rows of all shards together after an exchange; gives the mean loss of the batch, and whether one asked to stop. */
  end(): { readonly loss: number; readonly stop: boolean };
}

/** Prepares the sum of shards into a plan's gradients, which are overwritten. */
export function createGradientSum(
  parameters: readonly ModelParameter[],
  gradients: ModelGradients,
  kernels: Kernels,
): GradientSum {
  const loss = new Float32Array(1);
  const stop = new Float32Array(1);
  const parts = parameters.map(({ cols, place, rows }): SumPart => {
    if ("part" in place) return densePart(layerValues(gradients, place), { rows, cols, kernels });
    if ("index" in place) return rowPart(gradients[place.kind][place.index], rows, kernels);
    return densePart(place.kind === "loss" ? loss : stop, { rows: 1, cols: 1, kernels });
  });
  return {
    sinks: parts.map(({ sink }) => sink),
    begin() {
      for (const part of parts) part.begin();
    },
    end() {
      for (const part of parts) part.end();
      return { loss: loss[0], stop: stop[0] > 0 };
    },
  };
}

interface SumPart {
  readonly sink: RowSink;
  begin(): void;
  end(): void;
}

function densePart(
  values: Float32Array,
  { cols, kernels, rows }: { readonly rows: number; readonly cols: number; readonly kernels: Kernels },
): SumPart {
  return {
    sink: createDenseSink(values, rows, cols, kernels),
    begin: () => {
      values.fill(0);
    },
    end: () => undefined,
  };
}

/** Rows come in the order of the shards, so that sums do not depend on who sent them. */
function rowPart(target: RowGradient, rows: number, kernels: Kernels): SumPart {
  const gathered = createRowGradient(target.cols, 0);
  const coalesce = kernels.prepare("coalesceRows", { cols: target.cols });
  return {
    sink: createAppendSink(gathered, rows),
    begin() {
      gathered.count = 0;
    },
    end() {
      coalesce(gathered.rows, gathered.values, gathered.count, target);
    },
  };
}
