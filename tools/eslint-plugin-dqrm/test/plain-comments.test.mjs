import rule from "../rules/plain-comments.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("plain-comments", rule, {
  valid: [
    "// The positive side has one code fewer than the negative.\nlet a;",
    "/** Packs.\n * ```ts doctest\n * 1; // => 1\n * ```\n */\nlet a;",
    "// a - b -- c\nlet a;",
  ],
  invalid: [
    { code: "// ---- packing ----\nlet a;", errors: [{ messageId: "banner" }] },
    { code: "/******** packing ********/\nlet a;", errors: [{ messageId: "banner" }] },
    { code: "// ========\nlet a;", errors: [{ messageId: "banner" }] },
    { code: "// TODO: pack\nlet a;", errors: [{ messageId: "promise" }] },
    { code: "/* FIXME */\nlet a;", errors: [{ messageId: "promise" }] },
    { code: "// @ts-ignore wrong\nlet a;", errors: [{ messageId: "silencer" }] },
  ],
});
