import rule from "../rules/justified-cast.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("justified-cast", rule, {
  valid: [
    "const a = [1] as const;",
    "// The parser has checked that the value is a number.\nconst a = value as number;",
    "const a = value as number; // checked above",
    "// Both halves are floats by the header.\ncall(\n  value as number,\n);",
    "// Proven once for the pair.\nconst a = value as unknown as number;",
  ],
  invalid: [
    { code: "const a = value as number;", errors: [{ messageId: "bare" }] },
    { code: "const a = <number>value;", errors: [{ messageId: "bare" }] },
    { code: "// Far away.\n\nconst a = value as number;", errors: [{ messageId: "bare" }] },
  ],
});
