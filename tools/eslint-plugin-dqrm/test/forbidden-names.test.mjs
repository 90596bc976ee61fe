import rule from "../rules/forbidden-names.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("forbidden-names", rule, {
  valid: [
    { code: "export const rows = 1;", filename: "src/row-format.ts" },
    { code: "const tmp = 1;", filename: "src/row-format.ts" },
    { code: "export const processRows = 1;", filename: "src/processor.ts" },
  ],
  invalid: [
    { code: "", filename: "src/utils.ts", errors: [{ messageId: "file" }] },
    { code: "", filename: "src/array-helpers.test.ts", errors: [{ messageId: "file" }] },
    { code: "", filename: "src/common/rows.ts", errors: [{ messageId: "file" }] },
    { code: "export function handle() {}", filename: "src/a.ts", errors: [{ messageId: "name" }] },
    { code: "export class TableManager {}", filename: "src/a.ts", errors: [{ messageId: "name" }] },
    { code: "export const data2 = 1;", filename: "src/a.ts", errors: [{ messageId: "name" }] },
  ],
});
