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
