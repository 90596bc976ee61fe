import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";
import dqrm from "eslint-plugin-dqrm";

/** The loop nests of kernels and the tables of their cases read better in one piece. */
const kernelFolders = ["packages/*/src/{reference,ops,conformance}/**/*.ts"];

const sources = ["packages/*/src/**/*.ts"];

const tests = ["packages/*/test/**/*.ts", "packages/*/*.config.ts"];

/** What a module of ours needs of the machine is found here and in no other place. */
const commandFolders = ["packages/*/src/bin/**/*.ts"];

export default defineConfig(
  globalIgnores([
    "**/dist/**",
    "**/.tsc/**",
    "**/.nx/**",
    "**/coverage/**",
    "**/runs/**",
    "**/api/*.api.d.ts",
    "**/*.generated.ts",
    "docs/api/**",
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  {
    files: [...sources, ...tests],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { dqrm },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
      // The methods of our interfaces are closures; none of them reads `this`.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // What comes from outside is checked again at run time, and an element read beyond the end of an array
      // is undefined although its type says otherwise (noUncheckedIndexedAccess is off for the kernels' sake).
      "@typescript-eslint/no-unnecessary-condition": "off",
      "dqrm/kebab-file-name": "error",
      "dqrm/no-enum-namespace": "error",
      "dqrm/plain-comments": "error",
      "dqrm/justified-cast": "error",
      "dqrm/forbidden-names": "error",
    },
  },
  {
    files: sources,
    rules: {
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 50 }],
      "dqrm/few-parameters": "error",
      "dqrm/doc-tags": "error",
      "dqrm/index-only-reexports": "error",
      "dqrm/named-exports-only": "error",
      "dqrm/no-ambient": "error",
      "dqrm/require-doc": "error",
    },
  },
  {
    files: kernelFolders,
    rules: { "max-lines-per-function": ["error", { max: 80 }], "dqrm/few-parameters": "off" },
  },
  {
    // The contracts of all ops stand in one file, so that a backend's author reads them in one piece.
    files: ["packages/core/src/kernel/ops.ts"],
    rules: { "max-lines": ["error", { max: 300, skipComments: true }], "dqrm/few-parameters": "off" },
  },
  { files: commandFolders, rules: { "dqrm/no-ambient": "off" } },
  {
    // A backend measures its machine and its stages; native code asks the system for the time, WebAssembly the host.
    files: ["packages/kernels-*/src/runtime/clock.ts"],
    rules: { "dqrm/no-ambient": "off" },
  },
  {
    // Libraries below MPI read the environment while they are loaded, and there is no other way to tell them.
    files: ["packages/comm-mpi/src/launcher-reach.ts", "packages/comm-mpi/src/protect-process.ts"],
    rules: { "dqrm/no-ambient": "off" },
  },
  {
    files: tests,
    rules: {
      "max-lines": ["error", { max: 400 }],
      "dqrm/justified-cast": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    plugins: { dqrm },
    rules: {
      // The compiler checks the tools too (tools/tsconfig.json), and knows which names exist.
      "no-undef": "off",
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 50 }],
      "dqrm/few-parameters": "error",
      "dqrm/kebab-file-name": "error",
      "dqrm/plain-comments": "error",
      "dqrm/forbidden-names": "error",
      "dqrm/require-doc": "error",
    },
  },
  { files: ["**/*.test.mjs"], rules: { "max-lines-per-function": "off" } },
);
