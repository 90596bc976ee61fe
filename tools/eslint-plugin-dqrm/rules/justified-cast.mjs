/**
 * Allows a cast only beside a comment that proves it; `as const` needs none.
 *
 * The comment stands on the line of the cast, or ends on the line before its statement or before the cast itself.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "problem",
    docs: { description: "a cast carries a comment that proves it" },
    schema: [],
    messages: { bare: "A cast needs a comment that proves it; better, write it so that no cast is needed." },
  },
  create(context) {
    const { sourceCode } = context;
    const lines = new Set();

    /** @param {any} node */
    function check(node) {
      if (isConst(node.typeAnnotation) || isInsideCast(node)) return;
      const statement = sourceCode
        .getAncestors(node)
        .findLast(({ type }) => /Statement|Declaration$/.test(type));
      const proven = [
        node.loc.start.line,
        node.loc.end.line,
        statement?.loc?.start.line ?? node.loc.start.line,
      ]
        .flatMap((line) => [line, line - 1])
        .some((line) => lines.has(line));
      if (!proven) context.report({ node, messageId: "bare" });
    }

    return {
      Program() {
        for (const comment of sourceCode.getAllComments()) {
          if (comment.type === "Line" && comment.loc) lines.add(comment.loc.end.line);
        }
      },
      TSAsExpression: check,
      TSTypeAssertion: check,
    };
  },
};

/** @param {any} annotation */
function isConst(annotation) {
  return annotation.type === "TSTypeReference" && annotation.typeName.name === "const";
}

/** @param {any} node */
function isInsideCast(node) {
  return node.parent.type === "TSAsExpression" || node.parent.type === "TSTypeAssertion";
}
