import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { listFiles, shortName } from "../workspace/files.mjs";
import { listPackages } from "../workspace/packages.mjs";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";
import { compileExample, ExampleError } from "./compile-example.mjs";
import { extractExamples } from "./extract-examples.mjs";
import { isSameValue } from "./same-value.mjs";

/** @import { Outcome } from "../bootstrap/check.mjs" */
/** @import { Example } from "./extract-examples.mjs" */

// Inside the checkout, so that package names resolve through the workspace as they do for a user.
const folder = join(root, ".nx", "doctest");

/**
 * Runs every example of the sources and the documents against the built packages, and type-checks them.
 *
 * @returns {Promise<Outcome>}
 */
export async function runExamples() {
  const examples = findExamples();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const failures = examples.length === 0 ? ["no example was found"] : [];
  let passed = 0;
  for (const [number, example] of examples.entries()) {
    const findings = await runExample(example, number);
    failures.push(...findings);
    if (findings.length === 0) passed += 1;
  }
  const typed = await typecheckExamples(examples);
  return {
    verdict: failures.length + typed.length === 0 ? "passed" : "failed",
    output: [...failures, ...typed].join("\n"),
    tests: { passed, failed: examples.length - passed, skipped: 0 },
  };
}

/** @returns {Example[]} */
function findExamples() {
  const sources = listPackages().flatMap(({ path }) => listFiles(join(path, "src"), ".ts"));
  const pages = [
    ...listFiles(join(root, "docs"), ".md"),
    ...listPackages().flatMap(({ path }) => listFiles(path, "README.md")),
    join(root, "README.md"),
  ];
  return [...sources, ...pages].flatMap((path) =>
    extractExamples(shortName(root, path), readFileSync(path, "utf8")),
  );
}

/**
 * @param {Example} example
 * @param {number} number
 * @returns {Promise<string[]>} what is wrong, each with its place
 */
async function runExample({ file, line, code }, number) {
  const place = (/** @type {number} */ offset) => `${file}:${line + offset}`;
  const findings = /** @type {string[]} */ ([]);
  let at = 0;
  globalThis.$at = (offset) => {
    at = offset;
  };
  globalThis.$expect = (offset, actual, expected) => {
    if (!isSameValue(actual, expected))
      findings.push(`${place(offset)}: is ${show(actual)}, expected ${show(expected)}`);
  };
  try {
    const { typescript, javascript } = compileExample(code);
    writeFileSync(join(folder, `example-${number}.ts`), `${typescript}\nexport {};\n`);
    const path = join(folder, `example-${number}.mjs`);
    writeFileSync(path, javascript);
    await import(pathToFileURL(path).href);
  } catch (error) {
    const offset = error instanceof ExampleError ? error.line : at;
    findings.push(
      `${place(offset)}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    );
  }
  return findings;
}

/** @param {unknown} value */
function show(value) {
  return inspect(value, { depth: 6, breakLength: Infinity });
}

/**
 * @param {readonly Example[]} examples
 * @returns {Promise<string[]>}
 */
async function typecheckExamples(examples) {
  const config = {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023"],
      module: "nodenext",
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const program = join(root, "node_modules", "@typescript", "native", "bin", "tsc");
  const { code, output } = await runNode([program, "-p", "tsconfig.json", "--pretty", "false"], {
    cwd: folder,
  });
  if (code === 0) return [];
  return output
    .trim()
    .split("\n")
    .map((text) => nameThePlace(text, examples));
}

/**
 * @param {string} text a line of the compiler
 * @param {readonly Example[]} examples
 */
function nameThePlace(text, examples) {
  return text.replace(/^example-(\d+)\.ts\((\d+),\d+\)/, (_, number, row) => {
    const example = examples[Number(number)];
    return `${example?.file}:${(example?.line ?? 0) + Number(row) - 1}`;
  });
}
