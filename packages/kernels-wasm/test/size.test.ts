import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundle } from "./bundle.ts";

/** Agreed for what a page loads to serve a model: the module, the JavaScript around it, and what it uses of core. */
const BUDGET_BYTES = 60_000;

test("the inference-only runtime stays within its budget, gzipped", async () => {
  const chunks = await bundle("../src/inference/index.ts");

  const bytes = [...chunks.values()].reduce((sum, code) => sum + gzipSync(code).length, 0);

  expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES);
});

test("the inference-only runtime holds no kernel of training", async () => {
  const chunks = await bundle("../src/inference/index.ts");

  const text = [...chunks.values()].join("\n");

  expect(text).toContain("embeddingBagPacked");
  expect(text).not.toContain("updateRows");
  expect(text).not.toContain("node:");
});
