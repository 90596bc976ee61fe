import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("dlrm-peer.py", import.meta.url));

/** Pythons that may have PyTorch: the one on the path, and the system's. */
const PYTHONS = ["python3", "/usr/bin/python3"];

/** Settings that make the matrix products of OpenBLAS those of another processor; they must not reach the peer. */
const SLOWING = ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"];

/**
 * Describes the model for another program.
 *
 * @typedef {object} PeerShape
 * @property {number} dense
 * @property {readonly number[]} rows
 * @property {number} cols
 * @property {readonly number[]} bottom sizes, the inputs first
 * @property {readonly number[]} top
 * @property {number} threads
 * @property {string} [device] as PyTorch names it; the processor without it
 */

/**
 * Runs the model in PyTorch, in a process of its own.
 *
 * @typedef {object} TorchPeer
 * @property {string} version
 * @property {string} device name of what it computes on
 * @property {(mode: "train" | "infer", batch: number, calls: number) => Promise<readonly number[]>} time seconds of each call
 * @property {() => void} close
 */

/**
 * Starts the model in PyTorch, or says why there is none.
 *
 * @param {PeerShape} shape
 * @returns {Promise<TorchPeer | string>}
 */
export async function startTorch(shape) {
  const reasons = [];
  for (const python of PYTHONS) {
    const peer = await startPython(python, shape);
    if (typeof peer !== "string") return peer;
    reasons.push(`${python}: ${peer}`);
  }
  return `no Python with PyTorch (${reasons.join("; ")})`;
}

/**
 * @param {string} python
 * @param {PeerShape} shape
 * @returns {Promise<TorchPeer | string>}
 */
async function startPython(python, shape) {
  const env = { ...process.env };
  for (const name of SLOWING) delete env[name];
  const child = spawn(python, [program, JSON.stringify(shape)], { env });
  let failure = "";
  child.stderr.on("data", (chunk) => (failure += String(chunk)));
  child.on("error", (error) => (failure = error.message));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(failure.trim().split("\n").at(-1) ?? "it ended");
    return JSON.parse(value);
  };
  try {
    const { device, version } = await answer();
    return {
      version,
      device,
      async time(mode, batch, calls) {
        child.stdin.write(`${JSON.stringify({ mode, batch, calls })}\n`);
        return (await answer()).seconds;
      },
      close: () => child.stdin.end(),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
