import { docCommentOf, docLines, exportedDeclarations } from "./exported-declarations.mjs";

// A paragraph ends where a blank line, a tag, a list or a fence begins.
const PARAGRAPH_END = /^(?:$|@|```|- |\* )/;

// An abbreviation or a decimal point inside a sentence does not end it.
const SENTENCE_BREAK = /(?<!\b(?:e\.g|i\.e|vs|cf|etc))[.!?]\s+(?=[A-Z])/;

/** @param {string[]} lines */
function firstParagraph(lines) {
  const text = lines.slice(lines.findIndex((line) => line !== ""));
  const end = text.findIndex((line) => PARAGRAPH_END.test(line));
  // A tag may follow on the same line: /** Reads the row. @throws SHAPE when it is short */
  return (end < 0 ? text : text.slice(0, end))
    .join(" ")
    .replace(/ @[a-z]+ .*$/, "")
    .trim();
}

/**
 * Asks a doc comment of every export, opening with one sentence that ends with a period.
 *
 * The first sentence may be followed by others in its paragraph; it has to stand on its own.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "every export has a doc comment whose first line is one sentence" },
    schema: [],
    messages: {
      missing: "'{{name}}' is exported without a doc comment; say in one sentence what it is for.",
      empty: "The doc comment of '{{name}}' does not begin with a sentence.",
      capital: "The doc comment of '{{name}}' begins in lower case; write a sentence.",
      period: "The first sentence about '{{name}}' does not end with a period.",
      person: 'Speak of \'{{name}}\' in the third person: "{{verb}}s …", not "{{verb}} …".',
    },
  },
  create(context) {
    return {
      Program(program) {
        const seen = new Set();
        for (const { name, node, statement } of exportedDeclarations(program)) {
          if (seen.has(statement) || seen.has(name)) continue;
          seen.add(statement).add(name);
          const comment = docCommentOf(context.sourceCode, statement);
          if (comment === undefined) {
            context.report({ node, messageId: "missing", data: { name } });
            continue;
          }
          const problem = judge(firstParagraph(docLines(comment)));
          if (problem)
            context.report({ node, messageId: problem.messageId, data: { name, ...problem.data } });
        }
      },
    };
  },
};

// Words that open an imperative sentence; as a noun none of them opens a description here.
const IMPERATIVES =
  /^(Get|Return|Create|Make|Compute|Read|Write|Check|Parse|Build|Convert|Add|Find|Give|Tell)\b(?! of)/;

/**
 * @param {string} paragraph
 * @returns {{ messageId: string, data?: Record<string, string> } | undefined}
 */
function judge(paragraph) {
  if (paragraph === "") return { messageId: "empty" };
  if (/^[a-z][a-z ]/.test(paragraph)) return { messageId: "capital" };
  const sentence = paragraph.split(SENTENCE_BREAK, 1)[0] ?? "";
  if (sentence === paragraph && !/[.:]$/.test(paragraph)) return { messageId: "period" };
  const verb = IMPERATIVES.exec(sentence)?.[1];
  return verb === undefined ? undefined : { messageId: "person", data: { verb } };
}
