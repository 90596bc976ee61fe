import type { BridgeFailure } from "@dqrm/device-bridge";
import { DqrmError, type ErrorCode, type ErrorDetails } from "@dqrm/core";
import { deviceError } from "../device/device-error.ts";

/** Lists the codes that a device throws with. */
const CODES: readonly string[] = ["LIMIT", "DEVICE"] satisfies readonly ErrorCode[];

/** Makes the error that a worker threw; what is none of ours is a failure of the device. */
export function reviveError({ code, details, message, name }: BridgeFailure): Error {
  if (code === undefined || !CODES.includes(code)) return deviceError(`${name}: ${message}`);
  // The worker made them together, as a DqrmError: a code of the list, and the details of that code.
  return new DqrmError(code as "LIMIT", details as ErrorDetails["LIMIT"]);
}
