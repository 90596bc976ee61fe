/**
 * Refuses enums and namespaces, which are code in the shape of types; `declare module` may still extend an interface.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "problem",
    docs: { description: "no enum and no namespace" },
    schema: [],
    messages: {
      enum: "Write a union of literals instead of an enum.",
      namespace: "A file is a module already; export from it instead of a namespace.",
    },
  },
  create(context) {
    return {
      TSEnumDeclaration: (/** @type {any} */ node) => context.report({ node, messageId: "enum" }),
      TSModuleDeclaration(/** @type {any} */ node) {
        if (node.kind === "namespace") context.report({ node, messageId: "namespace" });
      },
    };
  },
};
