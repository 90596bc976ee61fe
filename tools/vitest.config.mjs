import { defineConfig } from "vitest/config";

/** Runs the tests of the tools themselves; the packages have their own. */
export default defineConfig({
  test: {
    include: ["*/test/**/*.test.mjs"],
    pool: "threads",
    isolate: false,
    watch: false,
    testTimeout: 60_000,
  },
});
