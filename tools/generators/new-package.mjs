import { spell } from "./names.mjs";
import { registerPackage } from "./register-package.mjs";
import { runGenerator } from "./run-generator.mjs";
import { scaffold } from "./scaffold.mjs";

/**
 * Creates the skeleton of a package, with a failing test.
 *
 * @param {string} base folder of the checkout
 * @param {string | undefined} name kebab-case, without a scope
 */
export async function createPackage(base, name) {
  const names = spell(name);
  const files = await scaffold(base, "package", { ...names });
  await registerPackage(base, names.kebab, `@dqrm/${names.kebab}`);
  return files;
}

await runGenerator(
  import.meta.url,
  createPackage,
  "Now: npm install, set its floor in package.json (1 by default), and make the failing test pass.",
);
