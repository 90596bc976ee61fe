/**
 * Refuses default exports: a thing has one name, everywhere.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "problem",
    docs: { description: "modules have named exports only" },
    schema: [],
    messages: { default: "Export by name; a default export is called something else in every file." },
  },
  create(context) {
    return {
      ExportDefaultDeclaration: (node) => context.report({ node, messageId: "default" }),
      "ExportSpecifier[exported.name='default']": (/** @type {any} */ node) =>
        context.report({ node, messageId: "default" }),
    };
  },
};
