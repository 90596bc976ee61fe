import { defineKernels, reserveRowGradient, type KernelBackend, type RowGradient } from "@dqrm/core";
import type { Runtime } from "../src/runtime/runtime.ts";

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/** Bytes on either side of an array; they must survive. */
const MARGIN_BYTES = 72;
const CANARY = 0xa5;
const ROOM_BYTES = 1 << 26;

/**
 * Wraps a backend so that arrays of every call lie in the memory of its kernels, between canaries, and what they wrote
 * is copied back: the kit then tries the paths without copies.
 *
 * `moves` says whether the k-th array of a call lies inside.
 */
export function inPlaceBackend(
  runtime: Runtime,
  backend: KernelBackend,
  moves: (k: number) => boolean = () => true,
): KernelBackend {
  const room = runtime.allocate(ROOM_BYTES);
  const bytes = runtime.bytes();
  let used = 0;
  let arrays = 0;
  const lentAs = new Map<Numbers, Numbers>();

  function move<Values extends Numbers>(from: Values): Values {
    const at = room + used + MARGIN_BYTES;
    used += Math.ceil((from.byteLength + 2 * MARGIN_BYTES) / 8) * 8;
    if (used > ROOM_BYTES) throw new Error("the arrays of one call exceed the room");
    bytes.fill(CANARY, at - MARGIN_BYTES, at + from.byteLength + MARGIN_BYTES);
    const Kind = from.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => Values;
    const to = new Kind(bytes.buffer, at, from.length);
    to.set(from);
    return to;
  }

  /** An array that is given twice is lent once. */
  function lend(from: Numbers): Numbers {
    const known = lentAs.get(from);
    if (known !== undefined) return known;
    const to = moves(arrays++) ? move(from) : from;
    lentAs.set(from, to);
    return to;
  }

  function moveArgument(value: unknown): unknown {
    if (ArrayBuffer.isView(value)) return lend(value as Numbers);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, moveArgument(field)]));
  }

  function settle(given: readonly unknown[], lent: readonly unknown[]): void {
    for (const [from, to] of lentAs) {
      if (from === to) continue;
      from.set(to);
      const end = to.byteOffset + to.byteLength;
      for (let i = 1; i <= MARGIN_BYTES; i++) {
        if (bytes[to.byteOffset - i] !== CANARY) throw new Error("a byte before an array changed");
        if (bytes[end + i - 1] !== CANARY) throw new Error("a byte behind an array changed");
      }
    }
    given.forEach((argument, k) => {
      if (!isGradient(argument)) return;
      const gradient = lent[k] as RowGradient;
      reserveRowGradient(argument, gradient.rows.length);
      argument.count = gradient.count;
      argument.rows.set(gradient.rows);
      argument.values.set(gradient.values);
    });
  }

  const wrap = (factory: (spec: never) => unknown) => (spec: never) => {
    const kernel = factory(spec) as ((...values: unknown[]) => unknown) | undefined;
    if (kernel === undefined) return undefined;
    return (...given: unknown[]): unknown => {
      used = 0;
      arrays = 0;
      lentAs.clear();
      const lent = given.map((value) =>
        isGradient(value) ? roomyGradient(value, moveArgument) : moveArgument(value),
      );
      const result = kernel(...lent);
      settle(given, lent);
      return result;
    };
  };
  const ops = Object.fromEntries(
    Object.entries(backend.ops).map(([name, factory]) => [name, wrap(factory as never)]),
  );
  return defineKernels("wasm in place", ops);
}

function isGradient(value: unknown): value is RowGradient {
  return typeof value === "object" && value !== null && "slots" in value;
}

/** Gives a gradient room enough that no kernel has to replace its arrays, which would then lie elsewhere. */
function roomyGradient(gradient: RowGradient, moveArgument: (value: unknown) => unknown): unknown {
  reserveRowGradient(gradient, gradient.rows.length + 512);
  return moveArgument(gradient);
}
