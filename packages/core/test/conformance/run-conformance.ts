import { test } from "vitest";
import type { ConformanceCase } from "../../src/conformance/index.ts";

/** Binds a kit to vitest: a skipped case says why in its name. */
export function runConformance(cases: Iterable<ConformanceCase>): void {
  for (const { name, run, skip } of cases) {
    test.skipIf(skip !== undefined)(skip === undefined ? name : `${name} (${skip})`, run);
  }
}
