import { DqrmError } from "./errors.ts";

/** No configuration, schema or header of ours comes near this; a longer text is refused before it is parsed. */
export const MAX_JSON_CHARS: number = 1 << 28;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses JSON from outside and refuses keys that could reach an object's prototype.
 *
 * @throws LIMIT when the text is longer than MAX_JSON_CHARS; CONFIG when it is no JSON or holds a forbidden key
 *
 * ```ts doctest
 * import { parseJson } from "@dqrm/core";
 * parseJson("config.json", '{"bits": 4}'); // => { bits: 4 }
 * ```
 */
export function parseJson(source: string, text: string): unknown {
  if (text.length > MAX_JSON_CHARS) {
    throw new DqrmError("LIMIT", {
      what: `${source} length`,
      limit: "MAX_JSON_CHARS",
      maximum: MAX_JSON_CHARS,
      actual: text.length,
    });
  }
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (FORBIDDEN_KEYS.has(key)) {
        throw new DqrmError("CONFIG", {
          source,
          path: key,
          expected: "another key name",
          actual: "forbidden",
        });
      }
      return value;
    });
  } catch (cause) {
    if (cause instanceof DqrmError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DqrmError("CONFIG", { source, path: "", expected: "valid JSON", actual: reason }, { cause });
  }
}
