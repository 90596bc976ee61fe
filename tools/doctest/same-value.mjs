import { isDeepStrictEqual } from "node:util";

/**
 * Tells whether a value is what an example says: deep equality, typed arrays compared with plain ones by value.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 */
export function isSameValue(actual, expected) {
  return isDeepStrictEqual(plain(actual), plain(expected));
}

/**
 * @param {unknown} value
 * @returns {unknown}
 */
function plain(value) {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(/** @type {any} */ (value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
