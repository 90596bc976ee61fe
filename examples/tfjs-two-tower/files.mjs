import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Saves a model into a folder as `model.json` and `weights.bin`.
 *
 * @param {string} folder
 */
export function toFolder(folder) {
  return tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
    const bytes = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
    writeFileSync(join(folder, "model.json"), JSON.stringify(rest));
    writeFileSync(join(folder, "weights.bin"), bytes);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  });
}

/**
 * Loads what {@link toFolder} saved.
 *
 * @param {string} folder
 */
export function fromFolder(folder) {
  const rest = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
  const bytes = new Uint8Array(readFileSync(join(folder, "weights.bin")));
  return tf.io.fromMemory({ ...rest, weightData: bytes.buffer });
}
