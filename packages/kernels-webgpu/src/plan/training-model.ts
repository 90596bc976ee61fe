import { scaleRefreshDue, scanRange, type ModelSpec, type ModelState } from "@dqrm/core";
import type { Host } from "../bridge/host.ts";
import { floatRows } from "../table/device-rows.ts";
import { addPeaks } from "./lookup-passes.ts";
import { placeModel, type Placing } from "./place-model.ts";
import { createProgramBuilder } from "./program-builder.ts";
import type { ResidentModel } from "./resident-table.ts";

/** Keeps the parameters of a training on the device, and brings them and the caller's state together. */
export interface TrainingModel {
  readonly resident: ResidentModel;
  readonly residents: readonly number[];
  /** Tells of each table whether its scale is chosen anew before the step with the given number, or before it is served. */
  scalesDue(step: number | undefined): readonly boolean[];
  /** Reads the caller's state anew. @cost copies every parameter */
  load(): void;
  /** Writes to the caller's state. @cost copies every parameter */
  store(): void;
}

/** Places a model for training. @throws LIMIT when the device or the budget has no room */
export function createTrainingModel(host: Host, spec: ModelSpec, state: ModelState): TrainingModel {
  const { placed, residents } = placeModel(host, (placing) => placeState(placing, spec, state));
  const mirrors = mirrorsOf(placed, state);

  /** Whether a table that trained unquantized until now has a scale. */
  let chosen: readonly boolean[] = [];

  return {
    resident: placed,
    residents,
    scalesDue(step) {
      const due = spec.tables.map(({ quantization }, t) => {
        if (quantization.kind !== "fake") return false;
        const { refresh } = quantization;
        if (!chosen[t] || refresh.kind === "every-step") return true;
        return step !== undefined && scaleRefreshDue(refresh, step);
      });
      chosen = due.map((now, t) => now || chosen[t]);
      return due;
    },
    load() {
      chosen = state.tables.map(({ scale }) => scale[0] !== 0);
      // One after the other: what a call carries is copied, and a model may fill the memory.
      for (const [resident, array] of mirrors) {
        const upload = createProgramBuilder();
        upload.upload(resident, array);
        host.run(upload.build(), []);
      }
      const program = createProgramBuilder();
      for (const table of placed.tables) {
        const blocks = Math.ceil(table.rows.rows / table.blockRows);
        addPeaks(program, table, new Set(Array(blocks).keys()));
      }
      host.run(program.build(), []);
    },
    store() {
      for (const [resident, array] of mirrors) {
        const program = createProgramBuilder();
        program.read(program.resident(resident), array.byteLength);
        host.run(program.build(), [array]);
      }
      placed.tables.forEach(({ codes, rows: { cols, rows } }, t) => {
        if (codes?.kept !== undefined) scanRange(state.tables[t].weights, rows, cols, state.tables[t].range);
      });
    },
  };
}

/** Pairs every resident buffer with the part of the caller's state that it holds. */
function mirrorsOf(
  { layers, tables }: ResidentModel,
  state: ModelState,
): readonly (readonly [resident: number, array: Float32Array])[] {
  const layerStates = [...state.bottom, ...state.top];
  return [
    ...tables.flatMap(({ codes, rows: { cols }, shards }, t) => {
      const { scale, weights } = state.tables[t];
      const parts = shards.map(
        ({ first, rows, table }) => [table, weights.subarray(first * cols, (first + rows) * cols)] as const,
      );
      return codes?.kept === undefined ? parts : [...parts, [codes.kept.scale, scale] as const];
    }),
    ...layers.flatMap(({ bias, weight }, k) => [
      [weight, layerStates[k].weight] as const,
      [bias, layerStates[k].bias] as const,
    ]),
  ];
}

function placeState(placing: Placing, spec: ModelSpec, state: ModelState): ResidentModel {
  return {
    tables: spec.tables.map(({ cols, quantization, rows }, t) =>
      placing.table(
        floatRows({ rows, cols, weights: state.tables[t].weights }),
        quantization.kind === "fake" ? quantization : undefined,
      ),
    ),
    layers: [...state.bottom, ...state.top].map(({ bias, weight }) => placing.layer(weight, bias)),
  };
}
