const MAX_PARAMETERS = 4;

/**
 * Allows a function four parameters, and more only to a range kernel, whose last two are `begin` and `end`.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "at most four parameters, then one object; range kernels excepted" },
    schema: [],
    messages: { many: "{{count}} parameters; pass what belongs together as one object (at most {{max}})." },
  },
  create(context) {
    /** @param {any} node */
    function check(node) {
      const count = node.params.length;
      if (count <= MAX_PARAMETERS || isRangeKernel(node)) return;
      context.report({
        node,
        messageId: "many",
        data: { count: String(count), max: String(MAX_PARAMETERS) },
      });
    }
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      TSDeclareFunction: check,
      TSFunctionType: check,
      TSMethodSignature: check,
    };
  },
};

/** @param {any} node */
function isRangeKernel({ params }) {
  return params.at(-2)?.name === "begin" && params.at(-1)?.name === "end";
}
