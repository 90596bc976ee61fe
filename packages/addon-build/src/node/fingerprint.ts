import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Gives a short text that differs when any of the words, the sources, or a header beside a source does. */
export function fingerprint(words: readonly string[], sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`${word}\0`);
  for (const file of [...sources, ...headersBeside(sources)]) {
    hash.update(`${basename(file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function headersBeside(sources: readonly string[]): readonly string[] {
  return [...new Set(sources.map((source) => dirname(source)))].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".h"))
      .sort()
      .map((name) => join(folder, name)),
  );
}
