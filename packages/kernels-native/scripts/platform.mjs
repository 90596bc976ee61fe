/**
 * Describes a platform for which a binary is made.
 *
 * @typedef {object} Platform
 * @property {string} key its name in folders and packages, as "linux-x64-glibc"
 * @property {string} os as npm names it
 * @property {string} cpu
 * @property {string} [libc]
 */

/**
 * Describes the platform of this process; src/node/platform.ts gives the same key when it looks for a binary.
 *
 * @returns {Platform}
 */
export function thisPlatform() {
  const { arch, platform } = process;
  if (platform !== "linux") return { key: `${platform}-${arch}`, os: platform, cpu: arch };
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    /** @type {unknown} */ (process.report.getReport())
  );
  const libc = report.header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return { key: `${platform}-${arch}-${libc}`, os: platform, cpu: arch, libc };
}
