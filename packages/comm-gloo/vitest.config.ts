import { mergeConfig } from "vitest/config";
import { packageConfig } from "../../vitest.shared.js";

/** What uses the tools of the repository, which are JavaScript, is tested in JavaScript. */
export default mergeConfig(packageConfig, { test: { include: ["test/**/*.test.mjs"] } });
