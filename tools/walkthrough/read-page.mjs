/**
 * Describes one step of a page: commands with what they print, a file, or a change of a file.
 *
 * @typedef {{ kind: "run", commands: readonly string[], fails: boolean, prints: readonly string[], line: number }
 *   | { kind: "write", path: string, text: string, line: number }
 *   | { kind: "change", path: string, before: string, after: string, line: number }} Step
 */

const BLOCK = /^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm;

/**
 * Reads the steps of a page: blocks of `sh` or `sh fails` are run, and print the lines of the `text` that follows; blocks
 * that name a file are written, `diff` blocks that name one change it. Other blocks are none of a reader's steps.
 *
 * @param {string} page in Markdown
 * @returns {Step[]}
 */
export function readSteps(page) {
  const steps = /** @type {Step[]} */ ([]);
  for (const match of page.matchAll(BLOCK)) {
    const [, language = "", detail, text = ""] = match;
    const line = page.slice(0, match.index).split("\n").length;
    const last = steps.at(-1);
    if (language === "sh")
      steps.push({ kind: "run", commands: linesOf(text), fails: detail === "fails", prints: [], line });
    else if (language === "text" && last?.kind === "run") last.prints = linesOf(text);
    else if (language === "diff" && detail !== undefined)
      steps.push({ kind: "change", path: detail, ...sidesOf(text), line });
    else if (detail?.includes(".")) steps.push({ kind: "write", path: detail, text, line });
  }
  return steps;
}

/** @param {string} text */
function linesOf(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** @param {string} text */
function sidesOf(text) {
  const side = (/** @type {string} */ mark) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(mark) || line.startsWith(" "))
      .map((line) => line.slice(1))
      .join("\n");
  return { before: side("-"), after: side("+") };
}
