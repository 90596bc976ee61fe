/** Lists what a device says only to those who ask; the numbers of a call that failed so are zeros. */
const FILTERS = ["validation", "out-of-memory", "internal"] as const;

/** Is what a device of WebGPU tells its failures by. */
export interface ErrorScopes {
  pushErrorScope(filter: GPUErrorFilter): undefined;
  popErrorScope(): Promise<{ readonly message: string } | null>;
}

/** Computes on a device, and fails with what the device says of it. */
export async function withErrors<T>(device: ErrorScopes, compute: () => Promise<T>): Promise<T> {
  for (const filter of FILTERS) device.pushErrorScope(filter);
  const computed = compute();
  const [result] = await Promise.allSettled([computed]);
  const errors = await Promise.all(FILTERS.map(() => device.popErrorScope()));
  const error = errors.find((one) => one !== null);
  if (error)
    throw new Error(error.message, { cause: result.status === "rejected" ? result.reason : undefined });
  return computed;
}
