import { mergeConfig } from "vitest/config";
import { packageConfig } from "../../vitest.shared.js";

/** What is built by scripts in JavaScript is tested in JavaScript. */
export default mergeConfig(packageConfig, { test: { include: ["test/**/*.test.mjs"] } });
