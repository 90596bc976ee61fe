import rule from "../rules/no-ambient.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("no-ambient", rule, {
  valid: [
    "Math.max(1, 2);",
    "new Date(0);",
    "random.next();",
    "clock.now();",
    "process.memoryUsage();",
    "this.console = 1;",
  ],
  invalid: [
    { code: "Math.random();", errors: [{ messageId: "ambient" }] },
    { code: "Math['random']();", errors: [{ messageId: "ambient" }] },
    { code: "globalThis.performance.now();", errors: [{ messageId: "ambient" }] },
    { code: "const now = Date.now;", errors: [{ messageId: "ambient" }] },
    { code: "new Date();", errors: [{ messageId: "ambient" }] },
    { code: "process.env['HOME'];", errors: [{ messageId: "ambient" }] },
    { code: "console.warn('x');", errors: [{ messageId: "ambient" }] },
    { code: "crypto.randomUUID();", errors: [{ messageId: "ambient" }] },
  ],
});
