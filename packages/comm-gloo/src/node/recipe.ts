import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddonRecipe, AddonVariant } from "@dqrm/addon-build";

const home = fileURLToPath(new URL("../..", import.meta.url));

const SOURCES = ["events.cc", "peer.cc", "group.cc", "module.cc"];

/** Says where the addon of this platform is, or would be. */
export function addonPath(variant: AddonVariant): string {
  const folder = variant === "plain" ? "build" : join("build", variant);
  return join(home, folder, `${process.platform}-${process.arch}`, "gloo.node");
}

/** Says how the addon is built against the gloo of this machine. */
export function glooRecipe(variant: AddonVariant, compiler: string | undefined): AddonRecipe {
  return {
    name: "@dqrm/comm-gloo",
    home,
    sources: SOURCES.map((name) => join("native", name)),
    headers: ["gloo/transport/tcp/device.h"],
    missing: missingText(process.platform),
    compileFlags: [],
    linkFlags: ["-lgloo"],
    output: addonPath(variant),
    variant,
    compiler,
  };
}

/** Says what to install, as a clause. */
export function missingText(platform: string): string {
  if (platform === "linux") return "install libgloo-dev (Debian, Ubuntu)";
  const name = platform === "darwin" ? "macOS" : platform === "win32" ? "Windows" : platform;
  return `no package of gloo is known for ${name}, on Debian it is libgloo-dev`;
}
