import { existsSync } from "node:fs";
import { mergeConfig, defineConfig } from "vitest/config";
import { packageConfig } from "../../vitest.shared.js";

/** The Vulkan of Chromium, which runs on the processor; Debian's chromium-common brings it. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

// Only the environment that a process starts with reaches the loader of Vulkan: here it can still be set.
if (!existsSync("/dev/dri") && !existsSync("/dev/nvidiactl") && existsSync(SWIFTSHADER))
  process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;

// A software driver takes every core: several at once would only wait for each other, and a busy machine takes its time.
const settings = defineConfig({ test: { fileParallelism: false, testTimeout: 300_000 } });

export default mergeConfig(packageConfig, settings);
