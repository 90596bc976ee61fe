import { DqrmError } from "@dqrm/core";

/**
 * Refuses to go on where typed arrays are big-endian: files are little-endian and are viewed, not converted.
 *
 * @throws UNSUPPORTED on a big-endian machine
 */
export function checkLittleEndian(op: string): void {
  const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  if (!littleEndian) {
    throw new DqrmError("UNSUPPORTED", {
      op,
      spec: "typed arrays of a big-endian machine",
      tried: ["little-endian views"],
    });
  }
}
