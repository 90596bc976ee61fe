import { RuleTester } from "eslint";
import tseslint from "typescript-eslint";
import { describe, it } from "vitest";

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

/** Runs a rule over TypeScript snippets; each snippet becomes one test. */
export const ruleTester = new RuleTester({ languageOptions: { parser: tseslint.parser } });
