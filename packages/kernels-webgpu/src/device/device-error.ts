import { DqrmError } from "@dqrm/core";

/** Says that a device is gone, or refused what it was told. */
export function deviceError(reason: string, cause?: unknown): DqrmError<"DEVICE"> {
  return new DqrmError("DEVICE", { device: "webgpu", reason }, { cause });
}
