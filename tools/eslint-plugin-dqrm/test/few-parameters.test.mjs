import rule from "../rules/few-parameters.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("few-parameters", rule, {
  valid: [
    "function f(a, b, c, d) {}",
    "function f(a, b, c, begin, end) {}",
    "type F = (a: number, b: number, c: number, begin: number, end: number) => void;",
  ],
  invalid: [
    { code: "function f(a, b, c, d, e) {}", errors: [{ messageId: "many" }] },
    { code: "const f = (a, b, c, d, e) => 1;", errors: [{ messageId: "many" }] },
    { code: "function f(begin, end, a, b, c) {}", errors: [{ messageId: "many" }] },
    {
      code: "interface F { f(a: number, b: number, c: number, d: number, e: number): void }",
      errors: [{ messageId: "many" }],
    },
  ],
});
