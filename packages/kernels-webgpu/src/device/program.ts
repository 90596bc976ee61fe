import type { BridgeArray } from "@dqrm/device-bridge";
import type { ShaderName } from "../shaders.generated.ts";

/**
 * Is a buffer of a program: filled with data, or of so many bytes; a resident one outlives the program.
 *
 * Data goes to the first bytes of a resident buffer, before the passes run.
 */
export type ProgramBuffer =
  | { readonly data: BridgeArray }
  | { readonly bytes: number }
  | { readonly resident: number; readonly data?: BridgeArray };

/** Runs one shader over buffers. */
export interface ProgramPass {
  readonly shader: ShaderName;
  /** The uniform at binding 0; the words of its fields, the first of which is 0. */
  readonly params: Uint32Array;
  /** For the bindings from 1 on, places in the program's list of buffers. */
  readonly buffers: readonly number[];
  /** Invocations of a shader of one dimension, or its workgroups in three. */
  readonly invocations: number | readonly [number, number, number];
}

/** Copies bytes of one buffer to another, between passes. */
export interface ProgramCopy {
  readonly copy: readonly [from: number, to: number];
  readonly fromByte: number;
  readonly toByte: number;
  readonly bytes: number;
}

/** Says what a device does in one submission. */
export interface Program {
  readonly buffers: readonly ProgramBuffer[];
  readonly passes: readonly (ProgramPass | ProgramCopy)[];
  /** Buffers whose first bytes are read back when all is done. */
  readonly reads: readonly { readonly buffer: number; readonly bytes: number }[];
}

/** Shaders of one dimension run in workgroups of so many invocations, `GROUP` of shared.wgsl. */
const GROUP = 64;

/** Lays invocations out in rows of workgroups, since a row has a largest length. */
export function workgroups(
  invocations: ProgramPass["invocations"],
  most: number,
): readonly [number, number, number] {
  if (typeof invocations !== "number") return invocations;
  const groups = Math.ceil(invocations / GROUP);
  const across = Math.min(groups, most);
  return [across, across === 0 ? 0 : Math.ceil(groups / across), 1];
}
