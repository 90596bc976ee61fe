const BANNER = /([-=*#~_/])\1{3,}/;
const PROMISE = /\b(?:TODO|FIXME|XXX|HACK)\b/;
const SILENCER = /^[\s*]*(?:eslint-disable|@ts-(?:ignore|nocheck)|prettier-ignore)/;

/**
 * Refuses comments that decorate, promise or silence: banners, notes of work undone, switches that turn a check off.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "no banners, no TODO, no switched-off checks" },
    schema: [],
    messages: {
      banner: "No banners: a file that needs headings is two files.",
      promise: "No TODO in the code: open an issue, or do it.",
      silencer: "Do not switch a check off; write it so that the check passes.",
    },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const messageId = judge(comment);
          if (messageId && comment.loc) context.report({ loc: comment.loc, messageId });
        }
      },
    };
  },
};

/** @param {{ type: string, value: string }} comment */
function judge({ type, value }) {
  if (PROMISE.test(value)) return "promise";
  if (SILENCER.test(value)) return "silencer";
  // The second star of a doc comment belongs to its opening, not to a banner.
  const text = type === "Block" ? value.replace(/^\*(?!\*)/, "") : value;
  return BANNER.test(text.replaceAll("```", "")) ? "banner" : undefined;
}
