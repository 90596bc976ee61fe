import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DqrmError } from "@dqrm/core";
import { MAX_FILES } from "../criteo-source.ts";
import { ioError } from "./io-error.ts";

/** Compares names so that day_2 comes before day_10. */
function compareNatural(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true }) || (a < b ? -1 : 1);
}

/**
 * Lists the files that a path means: itself, or those that match a last part with `*` and `?`, with numbers in
 * their natural order, so that day_2 comes before day_10.
 *
 * @throws IO when the folder cannot be read or nothing matches; CONFIG when a folder's name holds a pattern; LIMIT
 *   when more than MAX_FILES match
 *
 * ```ts doctest
 * import { mkdtempSync, writeFileSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { basename, join } from "node:path";
 * import { expandPaths } from "@dqrm/data/node";
 * const folder = mkdtempSync(join(tmpdir(), "days-"));
 * for (const day of ["day_10", "day_2"]) writeFileSync(join(folder, day), "");
 * (await expandPaths(join(folder, "day_*"))).map((path) => basename(path)); // => ["day_2", "day_10"]
 * ```
 */
export async function expandPaths(pattern: string): Promise<string[]> {
  const folder = dirname(pattern);
  const name = basename(pattern);
  if (/[*?]/.test(folder)) {
    const details = { source: pattern, path: "", expected: "* and ? in the last part only", actual: folder };
    throw new DqrmError("CONFIG", details);
  }
  if (!/[*?]/.test(name)) return [pattern];
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const matcher = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw ioError("list", folder, "a readable folder", cause);
  });
  const matches = entries
    .filter((entry) => !entry.startsWith(".") && matcher.test(entry))
    .sort(compareNatural);
  if (matches.length === 0) {
    const details = { operation: "list", path: pattern, expected: "files that match", actual: "none" };
    throw new DqrmError("IO", details);
  }
  if (matches.length > MAX_FILES) {
    const details = { what: `files that match ${pattern}`, limit: "MAX_FILES", maximum: MAX_FILES };
    throw new DqrmError("LIMIT", { ...details, actual: matches.length });
  }
  return matches.map((match) => join(folder, match));
}
