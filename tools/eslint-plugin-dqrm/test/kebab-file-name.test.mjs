import rule from "../rules/kebab-file-name.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("kebab-file-name", rule, {
  valid: [
    { code: "", filename: "src/packed-table.ts" },
    { code: "", filename: "test/packed-table.property.test.ts" },
    { code: "", filename: "src/int8.ts" },
  ],
  invalid: [
    { code: "", filename: "src/packedTable.ts", errors: [{ messageId: "name" }] },
    { code: "", filename: "src/packed_table.ts", errors: [{ messageId: "name" }] },
    { code: "", filename: "src/Table.ts", errors: [{ messageId: "name" }] },
  ],
});
