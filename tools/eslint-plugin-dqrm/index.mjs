import docTags from "./rules/doc-tags.mjs";
import fewParameters from "./rules/few-parameters.mjs";
import forbiddenNames from "./rules/forbidden-names.mjs";
import indexOnlyReexports from "./rules/index-only-reexports.mjs";
import justifiedCast from "./rules/justified-cast.mjs";
import kebabFileName from "./rules/kebab-file-name.mjs";
import namedExportsOnly from "./rules/named-exports-only.mjs";
import noAmbient from "./rules/no-ambient.mjs";
import noEnumNamespace from "./rules/no-enum-namespace.mjs";
import plainComments from "./rules/plain-comments.mjs";
import requireDoc from "./rules/require-doc.mjs";

/**
 * Checks the rules of docs/contributing/style.md that no existing plugin knows; one file each.
 *
 * @type {import("eslint").ESLint.Plugin}
 */
export default {
  meta: { name: "eslint-plugin-dqrm", version: "0.0.0" },
  rules: {
    "doc-tags": docTags,
    "few-parameters": fewParameters,
    "forbidden-names": forbiddenNames,
    "index-only-reexports": indexOnlyReexports,
    "justified-cast": justifiedCast,
    "kebab-file-name": kebabFileName,
    "named-exports-only": namedExportsOnly,
    "no-ambient": noAmbient,
    "no-enum-namespace": noEnumNamespace,
    "plain-comments": plainComments,
    "require-doc": requireDoc,
  },
};
