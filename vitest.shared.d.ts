import type { ViteUserConfig } from "vitest/config";

/** Configures the tests of one package. */
export declare const packageConfig: ViteUserConfig;

/** Points the loader of Vulkan to a driver that runs on the processor, where there is no other. */
export declare function findVulkan(): void;
