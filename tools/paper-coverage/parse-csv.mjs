/**
 * Parses text of comma-separated values, one record a line; a field in double quotes may hold commas and doubled quotes.
 *
 * @param {string} text
 * @returns {{ line: number, fields: string[] }[]} line counts from 1; empty lines are left out
 */
export function parseCsv(text) {
  return text
    .split(/\r?\n/)
    .map((record, index) => ({ line: index + 1, record }))
    .filter(({ record }) => record !== "")
    .map(({ line, record }) => ({ line, fields: parseRecord(record, line) }));
}

/**
 * @param {string} record
 * @param {number} line
 */
function parseRecord(record, line) {
  const fields = [];
  const field = /("(?:[^"]|"")*"|[^",]*)(,|$)/y;
  while (field.lastIndex <= record.length) {
    const match = field.exec(record);
    if (match === null) throw new Error(`line ${line}: a quote stands where no field begins or ends`);
    const [, value = "", end] = match;
    fields.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === "") return fields;
  }
  throw new Error(`line ${line}: a quoted field does not end`);
}
