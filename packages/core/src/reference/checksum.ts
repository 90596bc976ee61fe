import { crc32 } from "../format/crc32.ts";
import type { OpFn } from "../kernel/ops.ts";
import { checkLength, checkPart } from "./checks.ts";

/** Prepares the CRC-32 of bytes. */
export function prepareChecksum(): OpFn<"checksum"> {
  return function checksum(bytes, begin, end, previous) {
    checkPart("checksum", begin, end);
    checkLength("checksum", "bytes", bytes.length, end);
    return crc32(bytes.subarray(begin, end), previous);
  };
}
