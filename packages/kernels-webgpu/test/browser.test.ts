import { expect, test } from "vitest";
import { noBrowser, runPage } from "./browser/run-page.ts";
import { bundle } from "./bundle.ts";

/** Chromium's software adapter takes a minute for the kits, and many where the machine is busy. */
const TIMEOUT_MS = 600_000;

const label = noBrowser === undefined ? "" : ` (${noBrowser})`;

async function script(entry: string): Promise<string> {
  const [code] = (await bundle(entry, "browser")).values();
  return code;
}

test.skipIf(noBrowser !== undefined)(
  `the kits pass in Chromium, in a worker of a page${label}`,
  async (context) => {
    const scripts = {
      "kit.js": await script("browser/kit.ts"),
      "device.js": await script("../src/web-worker.ts"),
    };

    const report = await runPage(scripts);

    if (report.unavailable !== "") context.skip(`Chromium: ${report.unavailable}`);
    expect(report.failures).toEqual([]);
    expect(report.passed).toBeGreaterThan(3000);
  },
  TIMEOUT_MS,
);
