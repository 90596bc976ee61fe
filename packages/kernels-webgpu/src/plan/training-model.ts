import { scanRange, type ModelSpec, type ModelState } from "@dqrm/core";
import type { Host } from "../bridge/host.ts";
import { floatRows } from "../table/device-rows.ts";
import { addPeaks } from "./lookup-passes.ts";
import { placeModel } from "./place-model.ts";
import { createProgramBuilder } from "./program-builder.ts";
import type { ResidentModel } from "./resident-table.ts";

/** Keeps the parameters of a training on the device, and brings them and the caller's state together. */
export interface TrainingModel {
  readonly resident: ResidentModel;
  readonly residents: readonly number[];
  /** Reads the caller's state anew. @cost copies every parameter */
  load(): void;
  /** Writes to the caller's state. @cost copies every parameter */
  store(): void;
}

/** Places a model for training. @throws LIMIT when the device or the budget has no room */
export function createTrainingModel(host: Host, spec: ModelSpec, state: ModelState): TrainingModel {
  const layerStates = [...state.bottom, ...state.top];
  const { placed, residents } = placeModel(host, (placing): ResidentModel => ({
    tables: spec.tables.map(({ cols, quantization, rows }, t) =>
      placing.table(
        floatRows({ rows, cols, weights: state.tables[t].weights }),
        quantization.kind === "fake" ? quantization.bits : undefined,
      ),
    ),
    layers: layerStates.map(({ bias, weight }) => placing.layer(weight, bias)),
  }));

  const mirrors = mirrorsOf(placed, state);

  return {
    resident: placed,
    residents,
    load() {
      const program = createProgramBuilder();
      for (const [resident, array] of mirrors) program.upload(resident, array);
      for (const table of placed.tables) {
        const blocks = Math.ceil(table.rows.rows / table.blockRows);
        addPeaks(program, table, new Set(Array(blocks).keys()));
      }
      host.run(program.build(), []);
    },
    store() {
      const program = createProgramBuilder();
      for (const [resident, array] of mirrors) program.read(program.resident(resident), array.byteLength);
      host.run(
        program.build(),
        mirrors.map(([, array]) => array),
      );
      placed.tables.forEach(({ codes, rows: { cols, rows } }, t) => {
        if (codes !== undefined) scanRange(state.tables[t].weights, rows, cols, state.tables[t].range);
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
      return codes === undefined ? parts : [...parts, [codes.scale, scale] as const];
    }),
    ...layers.flatMap(({ bias, weight }, k) => [
      [weight, layerStates[k].weight] as const,
      [bias, layerStates[k].bias] as const,
    ]),
  ];
}
