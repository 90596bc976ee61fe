import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { parseDataUrl } from "@dqrm/data";
import { expandPaths } from "@dqrm/data/node";
import { readFailure } from "../pipeline/read-failure.ts";
import { digestOf } from "../study/digest.ts";

/**
 * Gives a function from an address with its seed to the digest of the data: of the address of generated data, and of the
 * bytes of files, which are read once.
 *
 * @throws IO when a file cannot be read
 */
export async function dataDigest(address: string): Promise<(seeded: string) => string> {
  if (parseDataUrl(address) !== undefined) return digestOf;
  const hash = createHash("sha256");
  for (const path of await expandPaths(address)) {
    try {
      for await (const chunk of fileBytes(path)) hash.update(chunk);
    } catch (cause) {
      throw readFailure(path, "a click log", cause);
    }
  }
  const digest = hash.digest("hex");
  return () => digest;
}

/** A stream without an encoding gives bytes; its type does not say so. */
function fileBytes(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path);
}
