import type { Pooling } from "@dqrm/core";
import { packParams, type Param } from "../device/params.ts";
import type { Program, ProgramBuffer, ProgramPass } from "../device/program.ts";
import type { DeviceRows } from "./device-rows.ts";
import type { Shard } from "./shards.ts";

/** Holds checked bags as the shaders read them. */
export interface LookupBags {
  readonly indices: Uint32Array;
  readonly offsets: Uint32Array;
  readonly weights: Float32Array | undefined;
}

/** Places of the buffers that every lookup has. */
const AT = { indices: 0, offsets: 1, weights: 2, dst: 3 } as const;

/** A binding needs some bytes, also where a shader reads none of them. */
const NOTHING = new Uint32Array(1);

/**
 * Plans the lookup of bags in a table of shards, in one submission.
 *
 * One shard is pooled in place. Of several, each first writes the rows that it holds to their positions: sums keep the
 * order of the indices, whatever the shards.
 */
export function lookupProgram(
  rows: DeviceRows,
  shards: readonly Shard[],
  pooling: Pooling,
  bags: LookupBags,
): Program {
  const { indices, offsets, weights } = bags;
  const count = offsets.length - 1;
  const bytes = 4 * count * rows.cols;
  const common: readonly ProgramBuffer[] = [
    { data: indices.length === 0 ? NOTHING : indices },
    { data: offsets },
    { data: weights === undefined || weights.length === 0 ? NOTHING : weights },
    { bytes },
  ];
  const pool = {
    params: [count, rows.cols, rows.cols, 0, pooling === "mean", weights !== undefined],
    invocations: count * rows.cols,
  };
  const { buffers, passes } = (shards.length === 1 ? poolInPlace : gatherThenPool)(
    { rows, shards, indices },
    common.length,
    pool,
  );
  return { buffers: [...common, ...buffers], passes, reads: [{ buffer: AT.dst, bytes }] };
}

interface Lookup {
  readonly rows: DeviceRows;
  readonly shards: readonly Shard[];
  readonly indices: Uint32Array;
}

interface Pool {
  readonly params: readonly Param[];
  readonly invocations: number;
}

type Part = Pick<Program, "buffers" | "passes">;

function residents(shards: readonly Shard[]): readonly ProgramBuffer[] {
  return shards.flatMap(({ others, table }) => [table, ...others].map((resident) => ({ resident })));
}

function poolInPlace({ rows, shards }: Lookup, at: number, { invocations, params }: Pool): Part {
  const [{ others }] = shards;
  const pass: ProgramPass = {
    shader: rows.pool,
    params: packParams([...params, ...rows.params]),
    buffers: [at, AT.indices, AT.offsets, AT.weights, AT.dst, ...others.map((_, k) => at + 1 + k)],
    invocations,
  };
  return { buffers: residents(shards), passes: [pass] };
}

function gatherThenPool({ indices, rows, shards }: Lookup, at: number, { invocations, params }: Pool): Part {
  const { cols } = rows;
  const gathers = shards.map((shard, k): ProgramPass => {
    const first = at + 2 + k * (1 + shard.others.length);
    return {
      shader: rows.gather,
      params: packParams([indices.length, cols, shard.first, shard.rows, ...rows.params]),
      buffers: [first, AT.indices, ...shard.others.map((_, other) => first + 1 + other), at],
      invocations: indices.length * cols,
    };
  });
  const pool: ProgramPass = {
    shader: "embedding-bag",
    params: packParams(params),
    buffers: [at, at + 1, AT.offsets, AT.weights, AT.dst],
    invocations,
  };
  const positions = indices.length === 0 ? NOTHING : Uint32Array.from(indices.keys());
  const buffers = [{ bytes: 4 * indices.length * cols }, { data: positions }, ...residents(shards)];
  return { buffers, passes: [...gathers, pool] };
}
