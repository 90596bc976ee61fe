import rule from "../rules/index-only-reexports.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("index-only-reexports", rule, {
  valid: [
    {
      code: "export { a } from './a.ts'; export * from './b.ts'; export type { C } from './c.ts';",
      filename: "src/index.ts",
    },
    { code: "export const a = 1;", filename: "src/a.ts" },
  ],
  invalid: [
    { code: "export const a = 1;", filename: "src/index.ts", errors: [{ messageId: "statement" }] },
    { code: "import './a.ts';", filename: "src/index.ts", errors: [{ messageId: "statement" }] },
    { code: "import { a } from './a.ts'; export { a };", filename: "index.ts", errors: 2 },
  ],
});
