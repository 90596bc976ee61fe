/** Says what went wrong on the other side of a bridge; `code` and `details` are those of the error, if it had any. */
export interface BridgeFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: unknown;
}

/** Describes what was thrown, in what JSON can carry. */
export function describeFailure(error: unknown): BridgeFailure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { message, name } = error;
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  const details = "details" in error ? { details: error.details } : {};
  return { name, message, ...code, ...details };
}

/** Reads a described failure. */
export function readFailure(text: string): BridgeFailure {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return { name: "Error", message: text };
  return {
    name: "name" in value && typeof value.name === "string" ? value.name : "Error",
    message: "message" in value && typeof value.message === "string" ? value.message : text,
    ...("code" in value && typeof value.code === "string" ? { code: value.code } : {}),
    ...("details" in value ? { details: value.details } : {}),
  };
}
