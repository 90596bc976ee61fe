import { DqrmError, MAX_COLS, MAX_ROWS, type Kernels, type OpFn } from "@dqrm/core";
import { rowCodec } from "../codecs/row-codec.ts";
import { kernelsOr } from "../codecs/value-body.ts";
import { prepareSums, type ValueSums } from "../codecs/value-sums.ts";
import type { SectionedCodec } from "../section.ts";

/** Describes a parameter whose gradient travels, and how. */
export interface MessageParameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly codec: SectionedCodec;
  /**
   * Who sums the gradient: "one" worker the whole, or all workers its "rows" between them, and each sends its sum; every worker all of
   * it where absent. Only for parameters whose every row is sent; the numbers are the same.
   */
  readonly owners?: "one" | "rows";
  /**
   * Whether a message of its own begins with it in an exchange, so that what stands before is on its way while this is encoded; not
   * where owners sum or shards share scales.
   */
  readonly beginsMessage?: boolean;
}

/** Describes the messages of a training run: what both ends must agree on, and a hash of it that every message carries. */
export interface MessageSchema {
  readonly parameters: readonly MessageParameter[];
  /** @shape 64 bits as two numbers of 32: low, high */
  readonly hash: readonly [number, number];
  /** Describes what owners send: the parameters that have any, in floats; absent where none has. */
  readonly sums?: MessageSchema;
  /** What looks at whole messages, and adds whole parameters; no part of the hash. */
  readonly checksum: OpFn<"checksum">;
  readonly absmax: OpFn<"absmax">;
  readonly add: ValueSums["add"];
}

/** A model with more parameters than this is a mistake or an attack. */
export const MAX_PARAMETERS: number = 1 << 16;

/**
 * Describes the messages of a model; `kernels` are whose loops look at whole messages, without them the plain ones of @dqrm/core.
 *
 * @throws VALUE when a parameter has no rows or columns, a name comes twice, or rows are to be summed apart whose codec sends them
 *         together; LIMIT when there are too many, or they are too large
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
  for (const { codec, cols, name, owners, rows } of parameters) {
    checkCount(`rows of ${name}`, rows, 1, MAX_ROWS);
    checkCount(`columns of ${name}`, cols, 1, MAX_COLS);
    if (names.has(name)) throw valueError("names", "each once", `${name} twice`);
    if (owners === "rows" && codec.section.rowwise !== true) {
      throw valueError(`owners of ${name}`, `"one": ${codec.name} sends rows together`, '"rows"');
    }
    names.add(name);
  }
  const text = JSON.stringify(
    parameters.map(({ beginsMessage, codec, cols, name, owners, rows }) => [
      ...[name, rows, cols, codec.id, codec.section.settings],
      ...(owners === undefined ? [] : [owners]),
      ...(beginsMessage === true ? ["begins"] : []),
    ]),
  );
  const own = kernelsOr(kernels);
  const sums = sumsOf(parameters, kernels);
  return {
    parameters,
    ...(sums === undefined ? {} : { sums }),
    hash: [hashText(text, 0x811c9dc5), hashText(text, 0x5bd1e995)],
    checksum: own.prepare("checksum", {}),
    absmax: own.prepare("absmax", {}),
    add: prepareSums(own).add,
  };
}

/** A sum is sent as it is, so that everybody applies the numbers that the owner has. */
function sumsOf(parameters: readonly MessageParameter[], kernels?: Kernels): MessageSchema | undefined {
  const owned = parameters.filter(({ owners }) => owners !== undefined);
  if (owned.length === 0) return undefined;
  const plain = {
    values: "float32",
    scale: { kind: "tensor" },
    rounding: "nearest",
    entropy: false,
  } as const;
  const codec = rowCodec(kernels === undefined ? plain : { ...plain, kernels });
  return createMessageSchema(
    owned.map(({ cols, name, rows }) => ({ name: `sum of ${name}`, rows, cols, codec })),
    kernels,
  );
}

function checkCount(what: string, actual: number, least: number, most: number): void {
  if (actual > most) {
    const limit =
      what === "parameters" ? "MAX_PARAMETERS" : what.startsWith("rows") ? "MAX_ROWS" : "MAX_COLS";
    throw new DqrmError("LIMIT", { what, limit, maximum: most, actual });
  }
  if (Number.isInteger(actual) && actual >= least) return;
  throw valueError(what, `an integer from ${least}`, String(actual));
}

function valueError(what: string, expected: string, actual: string): DqrmError<"VALUE"> {
  return new DqrmError("VALUE", { op: "createMessageSchema", what, expected, actual });
}

/** FNV-1a over the UTF-16 units, finished by a mixer: two starts give two independent halves. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
