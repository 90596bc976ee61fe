import { expect, test } from "vitest";
import { noBrowser, runPage } from "./browser/run-page.ts";
import { bundle } from "./bundle.ts";

/** Chromium's software adapter takes a minute for the kits, and many where the machine is busy. */
const TIMEOUT_MS = 600_000;

const label = noBrowser === undefined ? "" : ` (${noBrowser})`;

test.skipIf(noBrowser !== undefined)(
  `the kits pass in Chromium, in a worker of a page${label}`,
  async (context) => {
    const scripts = await bundle("browser/kit.ts", "browser");

    const report = await runPage(scripts);

    if (report.unavailable !== "") context.skip(`Chromium: ${report.unavailable}`);
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(3000);
  },
  TIMEOUT_MS,
);
