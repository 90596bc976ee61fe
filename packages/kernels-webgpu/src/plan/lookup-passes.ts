import { MIN_PEAK, type Pooling } from "@dqrm/core";
import type { Param } from "../device/params.ts";
import type { ShaderName } from "../shaders.generated.ts";
import type { ProgramBuilder } from "./program-builder.ts";
import type { ResidentTable } from "./resident-table.ts";

/** A binding needs some bytes, also where rows choose their scales. */
const NO_SCALE = Float32Array.of(1);

/** Holds checked bags, whose offsets begin at 0. */
export interface PlanBags {
  readonly indices: Uint32Array;
  readonly offsets: Uint32Array;
  readonly weights: Float32Array | undefined;
}

/** Says where pooled rows go. */
export interface LookupTarget {
  readonly dst: number;
  readonly stride: number;
  readonly offset: number;
  readonly pooling: Pooling;
}

/**
 * Adds the lookup of bags: one shard is pooled in place; of several, each first writes the rows that it holds to their
 * positions, so that sums keep the order of the indices.
 */
export function addLookup(
  program: ProgramBuilder,
  table: ResidentTable,
  bags: PlanBags,
  { dst, offset, pooling, stride }: LookupTarget,
): void {
  const { rows, shards } = table;
  const { cols } = rows;
  const count = bags.offsets.length - 1;
  const offsets = program.data(bags.offsets);
  const weights = program.data(bags.weights ?? new Float32Array(1));
  const indices = program.data(bags.indices);
  const common = [count, cols, stride, offset, pooling === "mean", bags.weights !== undefined];
  const { others, params, shader } = poolOf(program, table);
  if (shards.length === 1) {
    const [shard] = shards;
    const own = shard.others.map((resident) => program.resident(resident));
    const bound = [program.resident(shard.table), indices, offsets, weights, dst, ...own, ...others];
    program.pass(shader, [...common, ...params], bound, count * cols);
    return;
  }
  const gathered = program.floats(bags.indices.length * cols);
  for (const shard of shards) {
    const own = shard.others.map((resident) => program.resident(resident));
    const fields = [bags.indices.length, cols, shard.first, shard.rows, ...rows.params];
    const bound = [program.resident(shard.table), indices, ...own, gathered];
    program.pass(rows.gather, fields, bound, bags.indices.length * cols);
  }
  const positions = program.data(Uint32Array.from(bags.indices.keys()));
  const floats =
    table.codes === undefined ? ({ shader: "embedding-bag", params: [] } as const) : { shader, params };
  const bound = [gathered, positions, offsets, weights, dst, ...others];
  program.pass(floats.shader, [...common, ...floats.params], bound, count * cols);
}

function poolOf(
  program: ProgramBuilder,
  { codes, rows }: ResidentTable,
): { readonly shader: ShaderName; readonly params: readonly Param[]; readonly others: readonly number[] } {
  if (codes === undefined) return { shader: rows.pool, params: rows.params, others: [] };
  const { bits, kept, spanCols } = codes;
  const params = [spanCols, kept !== undefined, { f32: 2 ** (bits - 1) }, { f32: MIN_PEAK }];
  const scale = kept === undefined ? program.data(NO_SCALE) : program.resident(kept.scale);
  return { shader: "embedding-bag-fake-quant", params, others: [scale] };
}

/** Adds the scale of a table whose codes follow its peak; `refusal` is raised where the peak is not finite. */
export function addScale(
  program: ProgramBuilder,
  { blockRows, codes, rows }: ResidentTable,
  refusal: number,
): void {
  if (codes?.kept === undefined) return;
  const { peaks, scale } = codes.kept;
  const params = [Math.ceil(rows.rows / blockRows), { f32: 2 ** (codes.bits - 1) }, { f32: MIN_PEAK }];
  program.pass("table-scale", params, [program.resident(peaks), program.resident(scale), refusal], 1);
}

/** Adds the peaks of blocks of a table, all of them or those that a step touched. */
export function addPeaks(program: ProgramBuilder, table: ResidentTable, blocks: ReadonlySet<number>): void {
  const { blockRows, codes, rows, shards } = table;
  if (codes?.kept === undefined) return;
  const peaks = program.resident(codes.kept.peaks);
  for (const { first, rows: count, table: resident } of shards) {
    const firstBlock = first / blockRows;
    const within = [...blocks].filter(
      (block) => block >= firstBlock && block < firstBlock + Math.ceil(count / blockRows),
    );
    if (within.length === 0) continue;
    const list = program.data(Uint32Array.from(within, (block) => block - firstBlock));
    const across = Math.min(within.length, 65535);
    program.pass(
      "block-peaks",
      [within.length, blockRows * rows.cols, count * rows.cols, across, firstBlock],
      [program.resident(resident), list, peaks],
      [across, Math.ceil(within.length / across), 1],
    );
  }
}
