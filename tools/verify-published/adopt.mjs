import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../workspace/root.mjs";
import { runNode } from "../workspace/run-command.mjs";

/** @import { Adoption } from "./adoptions.mjs" */

const programs = fileURLToPath(new URL("programs", import.meta.url));

/**
 * Installs one package in an empty project and uses it there.
 *
 * @param {Adoption} adoption
 * @param {{ folder: string, version: string, npm: import("./local-npm.mjs").LocalNpm }} place
 * @returns {Promise<string[]>} what is wrong
 */
export async function adopt({ name, program, installed, others, flags = [] }, { folder, version, npm }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "adopter", private: true, version: "1.0.0" }),
  );
  const install = await npm(["install", ...flags, `${name}@${version}`], folder);
  if (install.code !== 0) return [`npm install ${name} failed\n${install.output}`];
  const expected = [...installed, ...others].sort();
  const arrived = listInstalled(folder);
  const findings = [];
  if (expected.join() !== arrived.join())
    findings.push(`installed ${arrived.join(", ")}, expected ${expected.join(", ")}`);
  if (!existsSync(join(folder, "node_modules", name, "LICENSE")))
    findings.push("the licence is not in the package");
  cpSync(join(programs, program), join(folder, program));
  const run = await runNode(["--throw-deprecation", program], { cwd: folder });
  if (run.code !== 0) findings.push(`${program} failed\n${run.output}`);
  else if (/warning/i.test(run.output)) findings.push(`${program} warned\n${run.output}`);
  return findings;
}

/**
 * Lists the packages that are installed in a project.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function listInstalled(folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, "node_modules", ".package-lock.json"), "utf8"));
  return Object.keys(packages)
    .map((path) => path.replace(/^.*node_modules\//, ""))
    .sort();
}

/**
 * Type-checks a program that uses a package as its users see it: declarations only, and those checked too.
 *
 * @param {string} folder where the package is installed
 * @param {string} program
 * @returns {Promise<string[]>}
 */
export async function typecheckAdopter(folder, program) {
  cpSync(join(programs, program), join(folder, program));
  const config = {
    compilerOptions: {
      target: "es2023",
      lib: ["es2023", "dom"],
      module: "nodenext",
      types: [],
      strict: true,
      noEmit: true,
    },
    files: [program],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules", "@typescript", "native", "bin", "tsc");
  const { code, output } = await runNode([compiler, "-p", "tsconfig.json", "--pretty", "false"], {
    cwd: folder,
  });
  return code === 0 ? [] : [output];
}
