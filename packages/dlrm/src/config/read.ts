import { DqrmError } from "@dqrm/core";

/** Says where a value of a JSON document stands: the document's name and the dotted path inside it. */
export interface Place {
  readonly source: string;
  readonly path: string;
}

/**
 * Reads one value of a JSON document, or throws what was expected of it.
 *
 * @throws CONFIG naming source and path
 */
export type Reader<T> = (value: unknown, place: Place) => T;

/** A list in a configuration with more elements than this is a mistake or an attack. */
const MAX_LIST = 1 << 20;

/** Makes the error of a value that is not what was expected at its place. */
export function unexpected(place: Place, expected: string, value: unknown): DqrmError<"CONFIG"> {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  const actual = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return new DqrmError("CONFIG", { ...place, expected, actual });
}

/** Extends a place by a key. */
export function inside(place: Place, key: string): Place {
  return { source: place.source, path: place.path === "" ? key : `${place.path}.${key}` };
}

/** Tells whether a value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names the keys of an object that need not be there. */
export type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/**
 * Reads an object with exactly the given keys; an unknown key is refused, and one that T calls optional may be absent.
 *
 * @throws CONFIG when a key is missing, unknown or holds a wrong value
 */
export function record<T extends object>(
  fields: { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> },
  ...optional: readonly OptionalKeys<T>[]
): Reader<T> {
  const keys = Object.keys(fields);
  const entries: [string, Reader<unknown>][] = Object.entries(fields);
  const mayLack = new Set<PropertyKey>(optional);
  return (value, place) => {
    if (!isRecord(value)) throw unexpected(place, "an object", value);
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) {
        throw new DqrmError("CONFIG", {
          ...inside(place, key),
          expected: `one of the keys ${keys.join(", ")}`,
          actual: "an unknown key",
        });
      }
    }
    const result = Object.fromEntries(
      entries
        .filter(([key]) => key in value || !mayLack.has(key))
        .map(([key, read]) => [key, read(value[key], inside(place, key))]),
    );
    // Proved by construction: `result` has a value for each key of T that must be there, made by the reader of that key.
    return result as T;
  };
}

/** Reads an integer in [minimum, maximum]. */
export function integer(minimum: number, maximum: number): Reader<number> {
  return (value, place) => {
    if (typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum) {
      return value;
    }
    throw unexpected(place, `an integer in [${minimum}, ${maximum}]`, value);
  };
}

/** Reads a finite number in [minimum, maximum]. */
export function real(minimum: number, maximum: number): Reader<number> {
  return (value, place) => {
    if (typeof value === "number" && value >= minimum && value <= maximum) return value;
    throw unexpected(place, `a number in [${minimum}, ${maximum}]`, value);
  };
}

/** Reads true or false. */
export const flag: Reader<boolean> = (value, place) => {
  if (typeof value === "boolean") return value;
  throw unexpected(place, "true or false", value);
};

/** Reads text. */
export const text: Reader<string> = (value, place) => {
  if (typeof value === "string") return value;
  throw unexpected(place, "text", value);
};

/** Reads one of the given texts or numbers. */
export function oneOf<const V extends readonly (string | number)[]>(...allowed: V): Reader<V[number]> {
  return (value, place) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    throw unexpected(place, allowed.map((candidate) => JSON.stringify(candidate)).join(" or "), value);
  };
}

/** Reads a value, or null. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (value, place) => (value === null ? null : read(value, place));
}

/**
 * Reads a list of at least `minimum` elements.
 *
 * @throws LIMIT when it has more than MAX_LIST elements
 */
export function list<T>(read: Reader<T>, minimum: number): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length < minimum) {
      throw unexpected(place, `a list of at least ${minimum} elements`, value);
    }
    if (value.length > MAX_LIST) {
      const what = `${place.source}: ${place.path} length`;
      throw new DqrmError("LIMIT", { what, limit: "MAX_LIST", maximum: MAX_LIST, actual: value.length });
    }
    return value.map((element: unknown, i) => read(element, inside(place, String(i))));
  };
}

/** Reads an object whose literal field `kind` says which of the given readers applies to the whole object. */
export function tagged<V>(readers: Readonly<Record<string, Reader<V>>>): Reader<V> {
  const kinds = Object.keys(readers);
  return (value, place) => {
    if (!isRecord(value)) throw unexpected(place, "an object", value);
    const { kind } = value;
    if (typeof kind !== "string" || !kinds.includes(kind)) {
      throw unexpected(inside(place, "kind"), kinds.map((known) => JSON.stringify(known)).join(" or "), kind);
    }
    return readers[kind](value, place);
  };
}
