import rule from "../rules/require-doc.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("require-doc", rule, {
  valid: [
    "/** Counts the rows. */\nexport const rows = 3;",
    "/** Counts the rows, e.g. Those of a bag. More follows here */\nexport const rows = 3;",
    "/**\n * Packs codes.\n *\n * Lists follow without a period\n */\nexport function pack() {}",
    "const hidden = 1;",
    "/** Reads a row. @throws SHAPE when it is short */\nexport function read() {}",
    "export { other } from './other.js';",
    "/** Says how a row is packed. */\ninterface Format {}\nexport type { Format };",
    "/** Reads a file. */\nexport function read(a: string): void;\nexport function read(a: number): void;\nexport function read() {}",
    "/** Reads the array once:\n * ```ts doctest\n * 1; // => 1\n * ```\n */\nexport function read() {}",
  ],
  invalid: [
    { code: "export const rows = 3;", errors: [{ messageId: "missing" }] },
    { code: "// Counts the rows.\nexport const rows = 3;", errors: [{ messageId: "missing" }] },
    { code: "export interface Format {}", errors: [{ messageId: "missing" }] },
    { code: "class Table {}\nexport { Table };", errors: [{ messageId: "missing" }] },
    { code: "/** */\nexport type A = 1;", errors: [{ messageId: "empty" }] },
    { code: "/** @shape f32 */\nexport type A = 1;", errors: [{ messageId: "empty" }] },
    { code: "/** counts the rows. */\nexport const rows = 3;", errors: [{ messageId: "capital" }] },
    { code: "/** Counts the rows */\nexport const rows = 3;", errors: [{ messageId: "period" }] },
    { code: "/** Return the rows. */\nexport const rows = 3;", errors: [{ messageId: "person" }] },
  ],
});
