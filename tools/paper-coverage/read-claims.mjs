import { parseCsv } from "./parse-csv.mjs";

/** The columns of the file, in order. */
export const COLUMNS = /** @type {const} */ ([
  "id",
  "place",
  "claim",
  "paper",
  "code",
  "tests",
  "command",
  "with data",
  "result",
  "evidence",
]);

/**
 * Holds one claim, table row or figure of the paper, and what became of it here.
 *
 * @typedef {object} Claim
 * @property {number} line where it stands in the file
 * @property {string} id
 * @property {string} place table, figure or section of the paper
 * @property {string} claim
 * @property {string} paper the paper's number
 * @property {string[]} code files
 * @property {{ file: string, name: string }[]} tests
 * @property {string} command what repeats it on generated data
 * @property {string} withData what repeats it for whoever holds the data; empty where data make no difference
 * @property {string} result
 * @property {string} evidence page that has the result, from the root of the repository
 */

/** Results that are none yet. */
export const OPEN_RESULTS = /** @type {const} */ (["not measured yet", "not built yet", "needs the data"]);

/** Stands between the items of one field. */
const BETWEEN = " | ";

/**
 * Reads the claims from the text of the file.
 *
 * @param {string} text
 * @returns {Claim[]}
 */
export function readClaims(text) {
  const [header, ...records] = parseCsv(text);
  if (header?.fields.join() !== COLUMNS.join()) throw new Error(`line 1: expected ${COLUMNS.join()}`);
  return records.map(({ line, fields }) => {
    if (fields.length !== COLUMNS.length) {
      throw new Error(`line ${line}: ${fields.length} fields, expected ${COLUMNS.length}`);
    }
    const [id, place, claim, paper, code, tests, command, withData, result, evidence] =
      /** @type {[string, string, string, string, string, string, string, string, string, string]} */ (
        fields
      );
    return {
      ...{ line, id, place, claim, paper, command, withData, result, evidence },
      code: items(code),
      tests: items(tests).map(readTest),
    };
  });
}

/** @param {string} field */
function items(field) {
  return field === "" ? [] : field.split(BETWEEN);
}

/** @param {string} item */
function readTest(item) {
  const at = item.indexOf(" > ");
  return at < 0 ? { file: item, name: "" } : { file: item.slice(0, at), name: item.slice(at + 3) };
}
