const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/**
 * Writes a count with thin groups of thousands.
 *
 * ```ts doctest
 * import { formatCount } from "dqrm";
 * formatCount(1234567); // => "1,234,567"
 * ```
 */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/**
 * Writes bytes in decimal units, as disks and networks count them.
 *
 * @units 1 kB = 1000 B
 *
 * ```ts doctest
 * import { formatBytes } from "dqrm";
 * formatBytes(270100616); // => "270.1 MB"
 * ```
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${BYTE_UNITS[unit]}`;
}

/**
 * Writes a duration as people say it.
 *
 * ```ts doctest
 * import { formatDuration } from "dqrm";
 * formatDuration(95); // => "1m35s"
 * ```
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${hours}h${String(minutes).padStart(2, "0")}m`;
  if (minutes > 0) return `${minutes}m${String(whole % 60).padStart(2, "0")}s`;
  return `${whole}s`;
}

/**
 * Writes a difference with its sign and four decimals.
 *
 * ```ts doctest
 * import { formatDifference } from "dqrm";
 * [0.0056, -0.00131].map(formatDifference); // => ["+0.0056", "−0.0013"]
 * ```
 */
export function formatDifference(value: number): string {
  return `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(4)}`;
}
