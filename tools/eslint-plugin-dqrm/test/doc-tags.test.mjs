import rule from "../rules/doc-tags.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("doc-tags", rule, {
  valid: [
    "/** Packs. @shape is explained below.\n * @shape src f32[rows]\n * @throws SHAPE when dst is short\n */\nlet a;",
    "/** Packs.\n * ```ts doctest\n * @decorated\n * ```\n */\nlet a;",
    "// @anything in a line comment\nlet a;",
  ],
  invalid: [
    { code: "/** Packs.\n * @returns the codes\n */\nlet a;", errors: [{ messageId: "unknown" }] },
    { code: "/** Packs.\n * @cost\n */\nlet a;", errors: [{ messageId: "empty" }] },
    { code: "/** Packs.\n * @throws an error\n */\nlet a;", errors: [{ messageId: "code" }] },
  ],
});
