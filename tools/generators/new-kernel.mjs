import { spell } from "./names.mjs";
import { registerPackage } from "./register-package.mjs";
import { runGenerator } from "./run-generator.mjs";
import { scaffold } from "./scaffold.mjs";

/**
 * Creates the skeleton of a kernel plugin: its card, one op, and the conformance kit bound to it, which fails.
 *
 * @param {string} base folder of the checkout
 * @param {string | undefined} name kebab-case; the package is called kernels-NAME
 */
export async function createKernel(base, name) {
  const names = spell(name);
  const files = await scaffold(base, "kernel", { ...names });
  await registerPackage(base, `kernels-${names.kebab}`, `@dqrm/kernels-${names.kebab}`);
  return files;
}

await runGenerator(
  import.meta.url,
  createKernel,
  "Now: npm install, and implement src/ops/pack-codes.ts until the conformance kit passes.",
);
