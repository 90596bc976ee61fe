import { basename } from "node:path";

const ALLOWED = new Set(["ExportNamedDeclaration", "ExportAllDeclaration"]);

/**
 * Keeps index files to lists of what a folder offers: `export … from` and nothing else.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "problem",
    docs: { description: "an index file only re-exports" },
    schema: [],
    messages: { statement: "An index file only re-exports; give this a file of its own." },
  },
  create(context) {
    if (!/^index\.[cm]?[jt]s$/.test(basename(context.filename))) return {};
    return {
      Program(program) {
        for (const statement of program.body) {
          const passesOn = ALLOWED.has(statement.type) && "source" in statement && statement.source;
          if (!passesOn) context.report({ node: statement, messageId: "statement" });
        }
      },
    };
  },
};
