import { expect, test } from "vitest";
import { noBrowser, runPage } from "./browser/run-page.ts";
import { bundle } from "./bundle.ts";

/** Chromium starts in a second, or in many where the machine is busy. */
const TIMEOUT_MS = 180_000;

const label = noBrowser === undefined ? "" : ` (${noBrowser})`;

test.skipIf(noBrowser !== undefined)(
  `the kits pass in Chromium, in a page that shares its memory with a worker${label}`,
  async () => {
    const report = await runPage(await bundle("browser/page.ts"), true);

    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ isolated: true, shared: true, threads: 2 });
    expect(report.passed).toBeGreaterThan(5000);
  },
  TIMEOUT_MS,
);

test.skipIf(noBrowser !== undefined)(
  `the kits pass in Chromium, in a page without SharedArrayBuffer, on one thread${label}`,
  async () => {
    const report = await runPage(await bundle("browser/page.ts"), false);

    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ isolated: false, shared: false, threads: 1 });
    expect(report.passed).toBeGreaterThan(5000);
  },
  TIMEOUT_MS,
);
