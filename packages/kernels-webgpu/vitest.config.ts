import { mergeConfig, defineConfig } from "vitest/config";
import { findVulkan, packageConfig } from "../../vitest.shared.js";

findVulkan();

// A software driver takes every core: several at once would only wait for each other, and a busy machine takes its time.
const settings = defineConfig({ test: { fileParallelism: false, testTimeout: 300_000 } });

export default mergeConfig(packageConfig, settings);
