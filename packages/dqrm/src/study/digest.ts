import { createHash } from "node:crypto";

/** Gives the SHA-256 of a JSON-able value, the same for the same keys in the same order. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}
