import rule from "../rules/named-exports-only.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("named-exports-only", rule, {
  valid: ["export const a = 1;", "export { a } from './a.js';", "export { default as a } from 'a';"],
  invalid: [
    { code: "export default 1;", errors: [{ messageId: "default" }] },
    { code: "const a = 1; export { a as default };", errors: [{ messageId: "default" }] },
  ],
});
