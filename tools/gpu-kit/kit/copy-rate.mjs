/** Bytes of each of the two buffers: beyond the caches of cards. */
const BYTES = 2 ** 28;

/** Shortest time that is measured: the wait for the queue takes a fraction of a millisecond. */
const LEAST_MS = 50;

const ROUNDS = 9;
const STORAGE = 0x04 | 0x08;

/**
 * Measures how fast a device copies one buffer to another.
 *
 * @param {any} adapter
 * @returns {Promise<{ gigabytesPerSecond: { median: number, best: number }, bytes: number, copies: number }>} each byte
 *   counted twice, for it is read and written
 */
export async function measureCopy(adapter) {
  const bytes = Math.min(BYTES, adapter.limits.maxBufferSize);
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize: bytes } });
  const [from, to] = [0, 1].map(() => device.createBuffer({ size: bytes, usage: STORAGE }));
  const time = async (/** @type {number} */ copies) => {
    const encoder = device.createCommandEncoder();
    for (let k = 0; k < copies; k++) encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    const commands = encoder.finish();
    const start = performance.now();
    device.queue.submit([commands]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  let copies = 1;
  await time(copies);
  while ((await time(copies)) < LEAST_MS) copies *= 2;
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) rates.push((2 * bytes * copies) / 1e6 / (await time(copies)));
  device.destroy();
  rates.sort((a, b) => a - b);
  return { gigabytesPerSecond: { median: rates[ROUNDS >> 1], best: rates[ROUNDS - 1] }, bytes, copies };
}
