import { layersOf, type ModelShape } from "./model-shape.ts";
import { rateParams } from "../ops/rate-params.ts";
import type { Backward } from "./backward-passes.ts";
import { addPeaks } from "./lookup-passes.ts";
import type { ProgramBuilder } from "./program-builder.ts";
import type { ResidentModel } from "./resident-table.ts";

/** Adds a look at every gradient, before the first parameter changes. */
export function addGradientChecks(
  program: ProgramBuilder,
  { cols, spec }: ModelShape,
  { layers, tables }: Backward,
  refusal: number,
): void {
  const check = (buffer: number, count: number): void => {
    program.pass("find-non-finite", [count], [buffer, refusal], count);
  };
  for (const { rows, values } of tables) check(values, rows.length * cols);
  layersOf(spec).forEach(({ inputs, outputs }, k) => {
    check(layers[k].weight, inputs * outputs);
    check(layers[k].bias, outputs);
  });
}

/** Adds the step of sgd, which does nothing where `refusal` was raised, and the peaks of the blocks that it touched. */
export function addUpdates(
  program: ProgramBuilder,
  { cols, spec }: ModelShape,
  model: ResidentModel,
  {
    backward,
    learningRate,
    refusal,
  }: { readonly backward: Backward; readonly learningRate: number; readonly refusal: number },
): void {
  const rate = rateParams(learningRate);
  for (const { rows, rowsAt, table, values } of backward.tables) {
    const resident = model.tables[table];
    for (const shard of resident.shards) {
      const fields = [rows.length, cols, shard.first, shard.rows, ...rate];
      const bound = [rowsAt, values, refusal, program.resident(shard.table)];
      program.pass("update-rows", fields, bound, rows.length * cols);
    }
    addPeaks(program, resident, new Set(Array.from(rows, (row) => Math.floor(row / resident.blockRows))));
  }
  const first = program.data(Uint32Array.of(0));
  const step = (parameter: number, gradient: number, count: number): void => {
    const bound = [first, gradient, refusal, program.resident(parameter)];
    program.pass("update-rows", [1, count, 0, 1, ...rate], bound, count);
  };
  layersOf(spec).forEach(({ inputs, outputs }, k) => {
    step(model.layers[k].weight, backward.layers[k].weight, inputs * outputs);
    step(model.layers[k].bias, backward.layers[k].bias, outputs);
  });
}
