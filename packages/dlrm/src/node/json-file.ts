import { createArena, parseJson } from "@dqrm/core";
import type { SavedDirectory } from "./read-directory.ts";
import type { FileContent } from "./write-directory.ts";

/**
 * Encodes a value as an indented JSON file, and makes sure that it can be read again.
 *
 * @throws CONFIG when the value is no JSON or holds a key that a reader would refuse
 */
export function jsonFile(name: string, value: unknown): FileContent {
  // JSON.stringify answers undefined for undefined and functions, which the library's types leave out.
  const json: string | undefined = JSON.stringify(value, undefined, 2);
  const text = `${json ?? ""}\n`;
  parseJson(name, text);
  return textFile(name, text);
}

/** Encodes text as a UTF-8 file. */
export function textFile(name: string, text: string): FileContent {
  return { name, parts: [new TextEncoder().encode(text)] };
}

/**
 * Reads a JSON file of a saved directory.
 *
 * @throws IO, FORMAT as SavedDirectory.read; CONFIG when it is no JSON or holds a forbidden key
 */
export async function readJson(directory: SavedDirectory, source: string, name: string): Promise<unknown> {
  const bytes = await directory.read(name, createArena(0));
  return parseJson(`${source}/${name}`, new TextDecoder().decode(bytes.slice()));
}
