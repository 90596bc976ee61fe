import { DqrmError, MAX_COLS, MAX_ROWS, type Kernels, type OpFn } from "@dqrm/core";
import { kernelsOr } from "../codecs/value-body.ts";
import type { SectionedCodec } from "../section.ts";

/** Describes a parameter whose gradient travels, and how. */
export interface MessageParameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly codec: SectionedCodec;
}

/** Describes the messages of a training run: what both ends must agree on, and a hash of it that every message carries. */
export interface MessageSchema {
  readonly parameters: readonly MessageParameter[];
  /** @shape 64 bits as two numbers of 32: low, high */
  readonly hash: readonly [number, number];
  /** What looks at whole messages; no part of the hash. */
  readonly checksum: OpFn<"checksum">;
  readonly absmax: OpFn<"absmax">;
}

/** A model with more parameters than this is a mistake or an attack. */
export const MAX_PARAMETERS: number = 1 << 16;

/**
 * Describes the messages of a model; `kernels` are whose loops look at whole messages, without them the plain ones of @dqrm/core.
 *
 * @throws VALUE when a parameter has no rows or columns, or a name comes twice; LIMIT when there are too many, or they are too large
 *
 * ```ts doctest
 * import { createMessageSchema, rowCodec } from "@dqrm/comm";
 * const codec = rowCodec({ values: "int8", scale: { kind: "tensor" }, rounding: "nearest", entropy: true });
 * const one = createMessageSchema([{ name: "items", rows: 1000, cols: 16, codec }]);
 * const other = createMessageSchema([{ name: "items", rows: 1001, cols: 16, codec }]);
 * one.hash[0] === other.hash[0]; // => false
 * ```
 */
export function createMessageSchema(
  parameters: readonly MessageParameter[],
  kernels?: Kernels,
): MessageSchema {
  checkCount("parameters", parameters.length, 0, MAX_PARAMETERS);
  const names = new Set<string>();
  for (const { cols, name, rows } of parameters) {
    checkCount(`rows of ${name}`, rows, 1, MAX_ROWS);
    checkCount(`columns of ${name}`, cols, 1, MAX_COLS);
    if (names.has(name)) {
      const expected = "each once";
      throw new DqrmError("VALUE", {
        op: "createMessageSchema",
        what: "names",
        expected,
        actual: `${name} twice`,
      });
    }
    names.add(name);
  }
  const text = JSON.stringify(
    parameters.map(({ codec, cols, name, rows }) => [name, rows, cols, codec.id, codec.section.settings]),
  );
  const own = kernelsOr(kernels);
  return {
    parameters,
    hash: [hashText(text, 0x811c9dc5), hashText(text, 0x5bd1e995)],
    checksum: own.prepare("checksum", {}),
    absmax: own.prepare("absmax", {}),
  };
}

function checkCount(what: string, actual: number, least: number, most: number): void {
  if (actual > most) {
    const limit =
      what === "parameters" ? "MAX_PARAMETERS" : what.startsWith("rows") ? "MAX_ROWS" : "MAX_COLS";
    throw new DqrmError("LIMIT", { what, limit, maximum: most, actual });
  }
  if (Number.isInteger(actual) && actual >= least) return;
  const expected = `an integer from ${least}`;
  throw new DqrmError("VALUE", { op: "createMessageSchema", what, expected, actual: String(actual) });
}

/** FNV-1a over the UTF-16 units, finished by a mixer: two starts give two independent halves. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
