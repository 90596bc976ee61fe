import { docLines } from "./exported-declarations.mjs";

const ALLOWED = new Set(["shape", "units", "throws", "cost", "source", "deprecated"]);
const CODE = /^[A-Z][A-Z_]+\b/;

/**
 * Keeps doc comments to the tags of the style sheet, each with a text; `@throws` names the error code first.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "doc comments use @shape, @units, @throws CODE, @cost and @source" },
    schema: [],
    messages: {
      unknown: "'@{{tag}}' is not a tag of the style sheet (shape, units, throws, cost, source, deprecated).",
      empty: "'@{{tag}}' says nothing.",
      code: "'@throws' begins with the code of the error, as in '@throws SHAPE when …'.",
    },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (comment.type === "Block" && comment.value.startsWith("*")) checkTags(context, comment);
        }
      },
    };
  },
};

/**
 * @param {import("eslint").Rule.RuleContext} context
 * @param {any} comment
 */
function checkTags(context, comment) {
  let inFence = false;
  for (const line of docLines(comment)) {
    if (line.startsWith("```")) inFence = !inFence;
    const match = inFence ? null : /^@([a-zA-Z]+)\s*(.*)$/.exec(line);
    if (!match) continue;
    const [, tag = "", text = ""] = match;
    const messageId = judge(tag, text);
    if (messageId) context.report({ loc: comment.loc, messageId, data: { tag } });
  }
}

/**
 * @param {string} tag
 * @param {string} text
 */
function judge(tag, text) {
  if (!ALLOWED.has(tag)) return "unknown";
  if (text === "") return "empty";
  return tag === "throws" && !CODE.test(text) ? "code" : undefined;
}
