import { DqrmError, scaleRefreshDue, symmetricScale, type ModelSpec, type ModelState } from "@dqrm/core";
import type { BitWidth, ScaleRefresh } from "@dqrm/core";
import type { TableFeature } from "./served-models.ts";
import type { TableParameters } from "./table-parameters.ts";

/** Keeps the scales of tables that have one for all rows as their policies say; as core's executor. */
export interface FusedScales {
  beforeStep(step: number): void;
  beforeInference(): void;
  invalidate(): void;
}

interface ScaledTable {
  readonly feature: number;
  readonly name: string;
  readonly bits: BitWidth;
  readonly refresh: ScaleRefresh;
  readonly scale: Float32Array;
}

/** Prepares the scales of a model's tables over their exact ranges. */
export function createFusedScales(
  { spec, state }: { readonly spec: ModelSpec; readonly state: ModelState },
  features: readonly TableFeature[],
  tables: TableParameters,
): FusedScales {
  const scaled = features.flatMap(({ table }, feature): ScaledTable[] => {
    const { name, quantization } = spec.tables[table];
    if (quantization.kind === "none" || quantization.granularity.kind !== "table") return [];
    const { bits, refresh } = quantization;
    return [{ feature, name, bits, refresh, scale: state.tables[table].scale }];
  });
  let exact = false;

  const recompute = ({ bits, feature, name, scale }: ScaledTable): void => {
    const peak = tables.peak(feature);
    if (!Number.isFinite(peak)) {
      const position = tables.weights(feature).findIndex((weight) => !Number.isFinite(weight));
      throw new DqrmError("NON_FINITE", { what: `weights of table ${name}`, position, actual: String(peak) });
    }
    scale[0] = symmetricScale(peak, bits);
  };
  const refresh = (due: (table: ScaledTable) => boolean): void => {
    for (const table of scaled) {
      // A table that trained unquantized until now has no scale, whatever its policy and the count of steps say.
      const everyStep = table.refresh.kind === "every-step";
      if (table.scale[0] === 0 || (everyStep ? !exact : due(table))) recompute(table);
    }
    exact = true;
    tables.giveScales();
  };

  return {
    beforeStep(step) {
      refresh((table) => scaleRefreshDue(table.refresh, step));
    },
    beforeInference() {
      refresh(() => false);
    },
    invalidate() {
      exact = false;
    },
  };
}
