import type { BridgeArray } from "@dqrm/device-bridge";
import { packParams, type Param } from "../device/params.ts";
import type { Program, ProgramBuffer, ProgramPass } from "../device/program.ts";
import type { ShaderName } from "../shaders.generated.ts";

/** Writes a program down, step by step; buffers are named by their places. */
export interface ProgramBuilder {
  /** Adds a buffer with data. */
  data(array: BridgeArray): number;
  /** Adds a buffer for so many floats. */
  floats(count: number): number;
  /** Adds a resident buffer, once however often it is asked for. */
  resident(number: number): number;
  /** Overwrites the front of a resident buffer before the passes. */
  upload(number: number, array: BridgeArray): number;
  pass(
    shader: ShaderName,
    params: readonly Param[],
    buffers: readonly number[],
    invocations: ProgramPass["invocations"],
  ): void;
  /** Reads the first bytes of a buffer back. */
  read(buffer: number, bytes: number): void;
  build(): Program;
}

/** A binding needs some bytes, also where a shader reads none of them. */
const NOTHING = new Uint32Array(1);

/** Begins a program. */
export function createProgramBuilder(): ProgramBuilder {
  const buffers: ProgramBuffer[] = [];
  const passes: ProgramPass[] = [];
  const reads: { readonly buffer: number; readonly bytes: number }[] = [];
  const residents = new Map<number, number>();
  const add = (buffer: ProgramBuffer): number => buffers.push(buffer) - 1;
  return {
    data: (array) => add({ data: array.length === 0 ? NOTHING : array }),
    floats: (count) => add({ bytes: 4 * count }),
    resident(number) {
      const known = residents.get(number) ?? add({ resident: number });
      residents.set(number, known);
      return known;
    },
    upload: (number, data) => add({ resident: number, data }),
    pass(shader, params, bound, invocations) {
      passes.push({ shader, params: packParams(params), buffers: bound, invocations });
    },
    read(buffer, bytes) {
      reads.push({ buffer, bytes });
    },
    build: () => ({ buffers, passes, reads }),
  };
}
