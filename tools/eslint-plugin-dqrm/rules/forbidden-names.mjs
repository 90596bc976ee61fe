import { basename, dirname } from "node:path";
import { exportedDeclarations } from "./exported-declarations.mjs";

const FORBIDDEN = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "misc",
  "manager",
  "data2",
  "tmp",
  "do",
  "process",
  "handle",
]);

// createSessionManager hides the same lack of a word as manager.
const FORBIDDEN_ENDING = /(?:Utils?|Helpers?|Manager|Misc)$/;

/**
 * Refuses names that say nothing, for files, folders and exports.
 *
 * @type {import("eslint").Rule.RuleModule}
 */
export default {
  meta: {
    type: "suggestion",
    docs: { description: "no file, folder or export is called utils, helpers, common, manager and the like" },
    schema: [],
    messages: {
      name: "'{{name}}' says nothing about what it is for; name the concern.",
      file: "The file or folder name '{{name}}' says nothing about what it is for; name the concern.",
    },
  },
  create(context) {
    return {
      Program(program) {
        for (const name of [stem(context.filename), basename(dirname(context.filename))]) {
          if (isForbidden(name)) context.report({ node: program, messageId: "file", data: { name } });
        }
        for (const { name, node } of exportedDeclarations(program)) {
          if (isForbidden(name)) context.report({ node, messageId: "name", data: { name } });
        }
      },
    };
  },
};

/** @param {string} filename */
function stem(filename) {
  return basename(filename).replace(/\..*$/, "");
}

/** @param {string} name */
function isForbidden(name) {
  return (
    FORBIDDEN.has(name.toLowerCase()) ||
    FORBIDDEN_ENDING.test(name) ||
    /-(?:utils?|helpers?|manager)$/.test(name)
  );
}
