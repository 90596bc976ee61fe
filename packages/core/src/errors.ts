/**
 * Lists what can go wrong, with the facts that a caller needs to put it right.
 *
 * Every failure of the library is one class with a `code` from this table; callers
 * switch on the code and read typed `details`, and never parse messages.
 */
export interface ErrorDetails {
  /** An array has the wrong number of elements. */
  readonly SHAPE: {
    readonly op: string;
    readonly what: string;
    readonly expected: number;
    readonly actual: number;
  };
  /** A row index lies outside its table. */
  readonly INDEX_RANGE: {
    readonly op: string;
    readonly position: number;
    readonly index: number;
    readonly rows: number;
  };
  /** No backend serves a request. */
  readonly UNSUPPORTED: { readonly op: string; readonly spec: string; readonly tried: readonly string[] };
  /** An argument has a value that is not allowed. */
  readonly VALUE: {
    readonly op: string;
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
  };
  /** A count exceeds a named limit, before anything was allocated for it. */
  readonly LIMIT: {
    readonly what: string;
    readonly limit: string;
    readonly maximum: number;
    readonly actual: number;
  };
  /** A file or buffer is corrupt, truncated or of another kind. */
  readonly FORMAT: {
    readonly source: string;
    readonly offset: number;
    readonly expected: string;
    readonly actual: string;
  };
  /** A configuration, schema or command-line setting is wrong; `path` names it. */
  readonly CONFIG: {
    readonly source: string;
    readonly path: string;
    readonly expected: string;
    readonly actual: string;
  };
  /** An input record cannot be used; line and column count from 1, column 0 means the whole line. */
  readonly DATA: {
    readonly source: string;
    readonly line: number;
    readonly column: number;
    readonly expected: string;
    readonly actual: string;
  };
  /** A file operation failed; the system's error is the cause. */
  readonly IO: {
    readonly operation: string;
    readonly path: string;
    readonly expected: string;
    readonly actual: string;
  };
  /** A number is NaN or infinite where the computation needs a finite one. */
  readonly NON_FINITE: { readonly what: string; readonly position: number; readonly actual: string };
  /** A call came at the wrong time. */
  readonly STATE: { readonly op: string; readonly expected: string; readonly actual: string };
  /** A payload of a gradient codec is malformed. */
  readonly WIRE: { readonly codec: string; readonly offset: number; readonly reason: string };
  /** A peer is whole but not where it must be: another step, model, world or version. */
  readonly DESYNC: {
    readonly peer: number;
    readonly step: number;
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
  };
  /** An accelerator is lost, or refused what it was told; what it held is gone. */
  readonly DEVICE: { readonly device: string; readonly reason: string };
  /** A peer died, hangs or was cut off; `step` is null outside a step of training. */
  readonly PEER: {
    readonly peer: number;
    readonly step: number | null;
    readonly op: string;
    readonly expected: string;
    readonly actual: string;
  };
}

/** Names one kind of failure. */
export type ErrorCode = keyof ErrorDetails;

const messages: { readonly [C in ErrorCode]: (details: ErrorDetails[C]) => string } = {
  SHAPE: (d) => `${d.op}: ${d.what} has ${d.actual} elements, expected ${d.expected}`,
  INDEX_RANGE: (d) => `${d.op}: index ${d.index} at position ${d.position} is outside [0, ${d.rows})`,
  UNSUPPORTED: (d) => `${d.op}: no backend accepts ${d.spec} (tried ${d.tried.join(", ")})`,
  VALUE: (d) => `${d.op}: ${d.what} is ${d.actual}, expected ${d.expected}`,
  LIMIT: (d) => `${d.what} is ${d.actual}, more than ${d.limit} = ${d.maximum} allows`,
  FORMAT: (d) => `${d.source}: at byte ${d.offset} found ${d.actual}, expected ${d.expected}`,
  CONFIG: (d) => `${d.source}: ${d.path || "(top level)"} is ${d.actual}, expected ${d.expected}`,
  DATA: (d) =>
    `${d.source}:${d.line}${d.column > 0 ? `:${d.column}` : ""}: found ${d.actual}, expected ${d.expected}`,
  IO: (d) => `${d.operation} ${d.path}: ${d.actual}, expected ${d.expected}`,
  NON_FINITE: (d) => `${d.what}: value ${d.actual} at position ${d.position}, expected a finite number`,
  STATE: (d) => `${d.op}: ${d.actual}, expected ${d.expected}`,
  WIRE: (d) => `${d.codec}: malformed payload at byte ${d.offset}: ${d.reason}`,
  DESYNC: (d) => `rank ${d.peer} at step ${d.step}: ${d.what} is ${d.actual}, expected ${d.expected}`,
  DEVICE: (d) => `${d.device}: ${d.reason}`,
  PEER: (d) =>
    `rank ${d.peer}${d.step === null ? "" : ` at step ${d.step}`}: ${d.op}: ${d.actual}, expected ${d.expected}`,
};

/**
 * Reports a failure with a code and typed facts.
 *
 * @source the form `op: what happened, expected what` follows candle and changesets
 *
 * ```ts doctest
 * import { DqrmError } from "@dqrm/core";
 * new DqrmError("INDEX_RANGE", { op: "embeddingBag", position: 3, index: 9, rows: 4 }).message;
 * // => "embeddingBag: index 9 at position 3 is outside [0, 4)"
 * ```
 */
export class DqrmError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "DqrmError";
  readonly code: C;
  readonly details: ErrorDetails[C];

  constructor(code: C, details: ErrorDetails[C], options?: { readonly cause?: unknown }) {
    super(messages[code](details), options);
    this.code = code;
    this.details = details;
  }
}

/**
 * Tells whether an unknown error is a {@link DqrmError} of the given code, and narrows its details.
 *
 * ```ts doctest
 * import { DqrmError, isDqrmError } from "@dqrm/core";
 * const error: unknown = new DqrmError("STATE", { op: "apply", expected: "gradients", actual: "none" });
 * isDqrmError(error, "STATE"); // => true
 * isDqrmError(error, "SHAPE"); // => false
 * ```
 */
export function isDqrmError<C extends ErrorCode>(error: unknown, code: C): error is DqrmError<C> {
  return error instanceof DqrmError && error.code === code;
}
