import { pathToFileURL } from "node:url";
import { root } from "../workspace/root.mjs";

/**
 * Runs a generator from the command line, when its file is the program that was started.
 *
 * @param {string} url import.meta.url of the generator
 * @param {(base: string, name: string | undefined) => Promise<string[]>} create
 * @param {string} next what the author does next
 */
export async function runGenerator(url, create, next) {
  if (url !== pathToFileURL(process.argv[1] ?? "").href) return;
  try {
    for (const file of await create(root, process.argv[2])) console.log(`created ${file}`);
    console.log(next);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
