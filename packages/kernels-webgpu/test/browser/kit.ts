import { kernelConformance, planConformance } from "@dqrm/core/conformance";
import { connectWebWorker } from "@dqrm/device-bridge/web";
import { load } from "../../src/bridge/load.ts";
import type { Report } from "./report.ts";

/** Runs the kits in a worker: only there may a thread of a page block. */
async function runKits(): Promise<Report> {
  const backend = await load(connectWebWorker(new Worker("/device.js", { type: "module" })));
  if ("unavailable" in backend) return { ...backend, passed: 0, skipped: 0, failures: [] };
  let passed = 0;
  let skipped = 0;
  const failures: string[] = [];
  for (const item of [...kernelConformance(backend), ...planConformance(backend)]) {
    if (item.skip !== undefined) {
      skipped++;
      continue;
    }
    try {
      item.run();
      passed++;
    } catch (error) {
      failures.push(`${item.name}: ${String(error)}`);
    }
  }
  return { unavailable: "", passed, skipped, failures };
}

const report = await runKits().catch((error: unknown) => ({ failures: [String(error)] }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
