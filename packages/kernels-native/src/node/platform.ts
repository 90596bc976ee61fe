/** Names the platform of this process as packages and folders of binaries do: "linux-x64-glibc", "darwin-arm64". */
export function platformKey(): string {
  const { arch, platform } = process;
  return platform === "linux" ? `${platform}-${arch}-${libc()}` : `${platform}-${arch}`;
}

function libc(): "glibc" | "musl" {
  // The report names the C library that was found at run time; only glibc has a version there.
  const report: object = process.report.getReport();
  const header: unknown = "header" in report ? report.header : undefined;
  const isGlibc = typeof header === "object" && header !== null && "glibcVersionRuntime" in header;
  return isGlibc ? "glibc" : "musl";
}
