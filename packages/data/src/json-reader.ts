import { DqrmError } from "@dqrm/core";

/** Names a place in a JSON document for messages: the document and the path inside it. */
export interface JsonPlace {
  readonly source: string;
  readonly path: string;
}

/** Names a member of the object or array at a place. */
export function memberOf(place: JsonPlace, key: string | number): JsonPlace {
  const path =
    typeof key === "number" ? `${place.path}[${key}]` : place.path === "" ? key : `${place.path}.${key}`;
  return { source: place.source, path };
}

/** Creates the error for a value of JSON that is not what was expected. */
export function jsonError(place: JsonPlace, expected: string, value: unknown): DqrmError<"CONFIG"> {
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeof value;
  const actual = typeof value === "number" || typeof value === "boolean" ? String(value) : text;
  return new DqrmError("CONFIG", { ...place, expected, actual: value === null ? "null" : actual });
}

/**
 * Reads an object whose keys are known.
 *
 * @throws CONFIG when it is no object, or names the first unknown key
 */
export function readObject(
  place: JsonPlace,
  value: unknown,
  keys: readonly string[],
): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw jsonError(place, "an object", value);
  const members = new Map<string, unknown>(Object.entries(value));
  for (const key of members.keys()) {
    if (keys.includes(key)) continue;
    const { source, path } = memberOf(place, key);
    throw new DqrmError("CONFIG", { source, path, expected: `one of ${keys.join(", ")}`, actual: "unknown" });
  }
  return members;
}

/**
 * Reads a string.
 *
 * @throws CONFIG when it is none
 */
export function readString(place: JsonPlace, value: unknown): string {
  if (typeof value === "string") return value;
  throw jsonError(place, "a string", value);
}

/**
 * Reads one of a few strings.
 *
 * @throws CONFIG when it is none of them
 */
export function readChoice<T extends string>(place: JsonPlace, value: unknown, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw jsonError(place, `one of ${choices.join(", ")}`, value);
}

/**
 * Reads a finite number of a range.
 *
 * @throws CONFIG when it is none
 */
export function readNumber(
  place: JsonPlace,
  value: unknown,
  range: readonly [minimum: number, maximum: number],
): number {
  const [minimum, maximum] = range;
  if (typeof value === "number" && Number.isFinite(value) && value >= minimum && value <= maximum)
    return value;
  throw jsonError(place, `a number from ${minimum} to ${maximum}`, value);
}

/**
 * Reads an integer of a range.
 *
 * @throws CONFIG when it is none
 */
export function readInteger(
  place: JsonPlace,
  value: unknown,
  range: readonly [minimum: number, maximum: number],
): number {
  const [minimum, maximum] = range;
  if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum)
    return value;
  throw jsonError(place, `an integer from ${minimum} to ${maximum}`, value);
}

/**
 * Reads true or false.
 *
 * @throws CONFIG when it is neither
 */
export function readBoolean(place: JsonPlace, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw jsonError(place, "true or false", value);
}

/**
 * Reads an array, element by element.
 *
 * @throws CONFIG when it is none or longer than `maximum`; whatever `read` throws
 */
export function readArray<T>(
  place: JsonPlace,
  value: unknown,
  maximum: number,
  read: (place: JsonPlace, value: unknown) => T,
): T[] {
  if (!Array.isArray(value)) throw jsonError(place, "an array", value);
  if (value.length > maximum) throw jsonError(place, `at most ${maximum} elements`, value.length);
  return value.map((element: unknown, i) => read(memberOf(place, i), element));
}
