/**
 * Holds one example, as written, with the place where its first line stands.
 *
 * @typedef {object} Example
 * @property {string} file
 * @property {number} line line of the first line of code, from 1
 * @property {string} code
 */

const OPENING = /^(?<prefix>\s*(?:\* ?)?)```ts doctest\s*$/;

/**
 * Finds the fences marked `ts doctest` in a TypeScript file's doc comments or in a page of Markdown.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Example[]}
 */
export function extractExamples(file, text) {
  const lines = text.split("\n");
  const examples = [];
  for (let i = 0; i < lines.length; i += 1) {
    const opening = OPENING.exec(lines[i] ?? "");
    if (!opening) continue;
    const end = lines.findIndex((line, at) => at > i && stripStar(line).trimStart().startsWith("```"));
    if (end < 0) throw new Error(`${file}:${i + 1}: the example is never closed`);
    const inComment = opening.groups?.["prefix"]?.includes("*") === true;
    const code = lines.slice(i + 1, end).map((line) => (inComment ? stripStar(line) : line));
    examples.push({ file, line: i + 2, code: code.join("\n") });
    i = end;
  }
  return examples;
}

/** @param {string} line */
function stripStar(line) {
  return line.replace(/^\s*\* ?/, "");
}
