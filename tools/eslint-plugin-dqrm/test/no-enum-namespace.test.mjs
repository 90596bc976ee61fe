import rule from "../rules/no-enum-namespace.mjs";
import { ruleTester } from "./rule-tester.mjs";

ruleTester.run("no-enum-namespace", rule, {
  valid: ["type Kind = 'a' | 'b';", "declare module '@dqrm/core' { interface KernelOps { readonly a: 1 } }"],
  invalid: [
    { code: "enum Kind { A }", errors: [{ messageId: "enum" }] },
    { code: "const enum Kind { A }", errors: [{ messageId: "enum" }] },
    { code: "namespace Kind { export const a = 1; }", errors: [{ messageId: "namespace" }] },
  ],
});
