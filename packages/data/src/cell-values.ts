/** Decimal numbers as CSV files write them; hexadecimal, infinities and empty texts are not among them. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Turns a cell into a number; NaN where it is none. */
export function parseNumber(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

/** A date and a time of day without a zone, which `Date.parse` would take for the local time of this machine. */
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T[\d:.]+$/;

/** Turns a time, in UTC where it names no zone, into seconds since 1970, or keeps a plain number; else NaN. */
export function parseTime(text: string): number {
  const value = parseNumber(text);
  if (!Number.isNaN(value)) return value;
  // Only this order of year, month and day means the same everywhere.
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return Number.NaN;
  const time = text.replace(" ", "T");
  return Date.parse(WITHOUT_ZONE.test(time) ? `${time}Z` : time) / 1000;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Copies a well-formed text, so that it no longer keeps the longer one in memory that it was cut from. */
export function copyText(text: string): string {
  return decoder.decode(encoder.encode(text));
}
