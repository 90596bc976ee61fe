import type { BridgeArray } from "@dqrm/device-bridge";
import type { Placement, Pooling } from "@dqrm/core";
import type { Host } from "../bridge/host.ts";
import { packParams, type Param } from "../device/params.ts";
import type { ShaderName } from "../shaders.generated.ts";
import { placeRows, type TouchedBags } from "./touched-bags.ts";

/** Says what pools bags, and over which arrays. */
export interface PoolCall {
  readonly shader: ShaderName;
  readonly bags: TouchedBags;
  readonly cols: number;
  readonly pooling: Pooling;
  /** Fields of the shader's uniform behind those that all bags have. */
  readonly params: readonly Param[];
  readonly table: BridgeArray;
  /** What the shader reads from binding 6 on. */
  readonly others: readonly BridgeArray[];
}

/** A binding needs some bytes, also where a shader reads none of them. */
const NOTHING = new Float32Array(1);

/** Pools bags on the device, and places the results. */
export function pool(
  host: Host,
  { bags, cols, others, params, pooling, shader, table }: PoolCall,
  dst: Float32Array,
  placement: Placement,
  begin: number,
): void {
  const count = bags.offsets.length - 1;
  if (count === 0) return;
  const pooled = new Float32Array(count * cols);
  const { indices, offsets, weights } = bags;
  const data = [table, indices, offsets, weights ?? NOTHING];
  const fields = [count, cols, cols, 0, pooling === "mean", weights !== undefined, ...params];
  host.run(
    {
      buffers: [
        ...data.map((array) => ({ data: array })),
        { bytes: pooled.byteLength },
        ...others.map((array) => ({ data: array })),
      ],
      passes: [
        {
          shader,
          params: packParams(fields),
          buffers: [...data, pooled, ...others].map((_, k) => k),
          invocations: pooled.length,
        },
      ],
      reads: [{ buffer: data.length, bytes: pooled.byteLength }],
    },
    [pooled],
  );
  placeRows(pooled, cols, dst, placement, begin);
}
