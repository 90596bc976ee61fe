import { benchSpec } from "../../../node_modules/dqrm/dist/bench/model-options.js";
import { startTorch } from "../../peers/torch-peer.mjs";

/** @import { BenchedModel } from "../../../node_modules/dqrm/dist/bench/model-options.js" */

/** Calls off the clock: the first ones choose algorithms and allocate. */
const WARM_CALLS = 4;

/** Samples that are timed, as in a run of ours. */
const TIMED_SAMPLES = 65_536;

/**
 * Times the model of a shape in PyTorch, in floats, from arrays of the host to the loss or the probabilities there.
 *
 * @param {{ shape: BenchedModel["shape"], batches: readonly number[], device: string, calls: number | undefined, limitRows: number | undefined }} run
 * @returns {Promise<{ version: string, device: string, timings: { mode: "train" | "infer", batch: number, samplesPerSecond: { median: number, best: number } }[] }>}
 * @throws {Error} when there is no PyTorch, or none for the device
 */
export async function runTorch({ batches, calls, device, limitRows, shape }) {
  const peer = await startTorch({ ...peerShape(shape, limitRows), threads: 1, device });
  if (typeof peer === "string") throw new Error(peer);
  const timings = [];
  try {
    for (const mode of /** @type {const} */ (["train", "infer"])) {
      for (const batch of batches) {
        const count = calls ?? Math.max(16, Math.ceil(TIMED_SAMPLES / batch));
        await peer.time(mode, batch, WARM_CALLS);
        const seconds = [...(await peer.time(mode, batch, count))].sort((a, b) => a - b);
        const samplesPerSecond = { median: batch / seconds[seconds.length >> 1], best: batch / seconds[0] };
        timings.push({ mode, batch, samplesPerSecond });
      }
    }
  } finally {
    peer.close();
  }
  return { version: peer.version, device: peer.device, timings };
}

/**
 * Describes a shape as the peer takes it.
 *
 * @param {BenchedModel["shape"]} shape
 * @param {number | undefined} limitRows
 */
export function peerShape(shape, limitRows) {
  const scale = /** @type {const} */ ({ kind: "every-step" });
  const spec = benchSpec({ shape, bits: 32, mlpBits: 32, scale, optimizer: "sgd" }, limitRows);
  const { bottom, denseFeatures, interaction, tables, top } = spec;
  if (interaction.kind !== "dot" || interaction.itself)
    throw new Error(`the peer has no interaction of ${shape}`);
  /** @param {typeof bottom} layers */
  const sizes = (layers) => [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  const rows = tables.map((table) => table.rows);
  return { dense: denseFeatures, rows, cols: tables[0].cols, bottom: sizes(bottom), top: sizes(top) };
}
