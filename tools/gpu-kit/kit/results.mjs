import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** @template T @typedef {import("./summary.mjs").Part<T>} Part */

/**
 * Opens the folder of results: parts of earlier runs stay there and enter the summary.
 *
 * @param {string} folder
 */
export function openResults(folder) {
  mkdirSync(folder, { recursive: true });
  /** @param {string} name */
  const fileOf = (name) => join(folder, `${name}.json`);
  /** @param {string} name @returns {Part<any> | undefined} */
  const read = (name) =>
    existsSync(fileOf(name)) ? JSON.parse(readFileSync(fileOf(name), "utf8")) : undefined;
  /** @param {string} prefix */
  const readAll = (prefix) =>
    readdirSync(folder)
      .filter((file) => file.startsWith(prefix) && file.endsWith(".json"))
      .sort()
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
  return {
    /**
     * Runs a part and keeps what it gives, or why it failed.
     *
     * @param {string} name
     * @param {() => Promise<unknown>} run
     * @returns {Promise<boolean>} whether it ended well
     */
    async part(name, run) {
      process.stderr.write(`${name}\n`);
      /** @type {Part<unknown>} */
      let part;
      try {
        part = { name, result: await run() };
      } catch (error) {
        part = { name, failed: error instanceof Error ? error.message : String(error) };
        process.stderr.write(`${name} failed: ${part.failed}\n`);
      }
      writeFileSync(fileOf(name), `${JSON.stringify(part)}\n`);
      return part.failed === undefined;
    },
    /** Reads all parts. @returns {import("./summary.mjs").KitResults} */
    read: () => ({
      adapter: read("adapter"),
      copy: read("copy"),
      conformance: read("conformance"),
      benches: readAll("bench-"),
      torch: readAll("torch-"),
    }),
    /** @param {string} text */
    summarise(text) {
      writeFileSync(join(folder, "summary.md"), text);
    },
  };
}
