import type { BridgeArray } from "@dqrm/device-bridge";
import type { Host } from "../bridge/host.ts";
import { packParams, type Param } from "../device/params.ts";
import type { ProgramPass } from "../device/program.ts";
import type { ShaderName } from "../shaders.generated.ts";

/** Says what one shader reads and writes, in the order of its bindings. */
export interface SinglePass {
  readonly shader: ShaderName;
  readonly params: readonly Param[];
  readonly reads: readonly BridgeArray[];
  /** Written by the shader; what they hold before goes to the device where `updates` says so. */
  readonly writes: readonly BridgeArray[];
  readonly updates?: boolean;
  readonly invocations: ProgramPass["invocations"];
}

/** A binding needs some bytes, also where a shader reads none of them. */
const NOTHING = new Float32Array(1);

/** Runs one shader over arrays of the caller; where there is no work, nothing is written. */
export function runSingle(
  host: Host,
  { invocations, params, reads, shader, updates, writes }: SinglePass,
): void {
  if (writes[0].length === 0) return;
  const passes = [
    { shader, params: packParams(params), buffers: [...reads, ...writes].map((_, k) => k), invocations },
  ];
  host.run(
    {
      buffers: [
        ...reads.map((data) => ({ data: data.length === 0 ? NOTHING : data })),
        ...writes.map((data) => (updates === true ? { data } : { bytes: data.byteLength })),
      ],
      passes,
      reads: writes.map(({ byteLength }, k) => ({ buffer: reads.length + k, bytes: byteLength })),
    },
    writes,
  );
}

/** Counts the workgroups of matrix-product.wgsl, whose tiles are 32 × 32. */
export function tiles(rows: number, columns: number): readonly [number, number, number] {
  return [Math.ceil(columns / 32), Math.ceil(rows / 32), 1];
}
