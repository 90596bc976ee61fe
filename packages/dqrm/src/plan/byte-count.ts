import { InvalidArgumentError } from "commander";

/** Bytes of each unit; kB counts as disks do, KiB as memory does. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Reads a count of bytes from a flag: `10MB`, `1.5GB`, `100MiB` or plain bytes; parts of a byte are dropped.
 *
 * @units 1 MB = 10⁶ B, 1 MiB = 2²⁰ B
 */
export function byteCount(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor =
    unit === undefined
      ? undefined
      : Object.hasOwn(UNITS, unit.toLowerCase())
        ? UNITS[unit.toLowerCase()]
        : undefined;
  const bytes = factor === undefined ? Number.NaN : Math.floor(Number(number) * factor);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("expected bytes, as 10MB, 1.5GB, 100MiB or 4096");
}
