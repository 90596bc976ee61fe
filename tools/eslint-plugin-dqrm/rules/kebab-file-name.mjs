import { basename } from "node:path";

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.[cm]?[jt]s$/;

/**
 * Asks for file names in lower case with hyphens: packed-table.ts, table.property.test.ts.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "file names are kebab-case" },
    schema: [],
    messages: { name: "'{{name}}' is not kebab-case." },
  },
  create(context) {
    return {
      Program(program) {
        const name = basename(context.filename);
        if (!KEBAB.test(name)) context.report({ node: program, messageId: "name", data: { name } });
      },
    };
  },
};
