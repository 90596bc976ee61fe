import { loadKernels, reference } from "@dqrm/core";
import { tfjsGpuKernels } from "@dqrm/kernels-tfjs";

const { kernels, skipped } = await loadKernels([tfjsGpuKernels], reference);
const reason = skipped.get("tfjs-gpu") ?? "";
if (!reason.startsWith("@tensorflow/tfjs-core is not installed: npm install @tensorflow/tfjs-core"))
  throw new Error(`the reason is "${reason}"`);

const packed = new Uint8Array(1);
kernels.prepare("packCodes", { bits: 4, cols: 2 })(Uint16Array.of(1, 15), packed, 0, 1);
if (packed[0] !== 0xf1) throw new Error(`1 and 15 were packed as ${packed[0]}, expected 241`);
