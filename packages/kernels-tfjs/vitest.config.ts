import { defineConfig, mergeConfig } from "vitest/config";
import { findVulkan, packageConfig } from "../../vitest.shared.js";

findVulkan();

// A software driver of a GPU takes its time on a busy machine.
export default mergeConfig(packageConfig, defineConfig({ test: { testTimeout: 300_000 } }));
