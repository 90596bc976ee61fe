import type { BridgeArray } from "@dqrm/device-bridge";

/** Writes data to the front of a buffer, with zeros behind it up to a whole word. */
export function write(gpu: GPUDevice, buffer: GPUBuffer, data: BridgeArray): void {
  const size = 4 * Math.ceil(data.byteLength / 4);
  if (size === 0) return;
  if (size === data.byteLength) {
    gpu.queue.writeBuffer(buffer, 0, data.buffer, data.byteOffset, size);
    return;
  }
  const padded = new Uint8Array(size);
  padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  gpu.queue.writeBuffer(buffer, 0, padded);
}
