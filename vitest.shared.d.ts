import type { ViteUserConfig } from "vitest/config";

/** Configures the tests of one package. */
export declare const packageConfig: ViteUserConfig;
