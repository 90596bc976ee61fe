import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** Tests read the sources of sibling packages, so that no build is needed to run them. */
export const packageConfig = defineConfig({
  resolve: { conditions: ["@dqrm/source"] },
  ssr: { resolve: { conditions: ["@dqrm/source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false,
    pool: "threads",
    watch: false,
    testTimeout: 60_000,
  },
});

/** The Vulkan of Chromium, which runs on the processor; Debian's chromium-common brings it. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Only the environment that a process starts with reaches the loader of Vulkan: a configuration can still set it. */
export function findVulkan() {
  if (!existsSync("/dev/dri") && !existsSync("/dev/nvidiactl") && existsSync(SWIFTSHADER))
    process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;
}
